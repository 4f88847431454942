builtins.addErrorContext "while doing the thing" (abort "no")
