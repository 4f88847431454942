# Sets are compared in the order in which their names first appeared.
[
  (builtins.tryEval ({ zzq = throw "x"; aab = 1; } == { zzq = 1; aab = 2; })).success
  (builtins.tryEval ({ aac = 1; zzr = throw "x"; } == { aac = 2; zzr = 1; })).success
]
