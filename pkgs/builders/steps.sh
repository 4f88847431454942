# The steps by which a derivation makes its output, as commands of a shell. The program
# `home-manager` reads the same steps and does them itself; these are for other programs that build.

directory() { mkdir -p -- "$out${1:+/$1}"; }

symlink() { ln -s -- "$1" "$out${2:+/$2}"; }

# write VARIABLE PATH [executable]: a long value is in a file.
write() {
  target=$out${2:+/$2}
  eval "file=\${$1Path-}"
  if [ -n "$file" ]; then cat -- "$file" > "$target"; else eval "printf %s \"\$$1\"" > "$target"; fi
  [ -z "${3-}" ] || chmod +x "$target"
}

# syntax SEARCHPATH PATH: what bash does not understand is not built.
syntax() { PATH=$1 bash -n -O extglob "$out${2:+/$2}"; }

doSteps() {
  if [ -n "${stepsPath-}" ]; then . "$stepsPath"; else eval "$steps"; fi
}
