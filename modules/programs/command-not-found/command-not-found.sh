#!@bash@
# Says which packages have a program. With NIX_AUTO_RUN the program is run from the first one.

program=${1:?}
database=@dbPath@

if [[ ! -f $database ]]; then
  echo "$program: command not found" >&2
  exit 127
fi

mapfile -t packages < <(
  @sqlite@ -readonly "$database" \
    "select package from Programs where system = '@system@' and name = '${program//\'/\'\'}' order by package"
)

if [[ ${#packages[@]} -eq 0 ]]; then
  echo "$program: command not found" >&2
  exit 127
fi

if [[ -n ${NIX_AUTO_RUN:-} ]]; then
  exec nix-shell -p "${packages[0]}" --run "$(printf '%q ' "$@")"
fi

{
  echo "The program '$program' is not in your PATH. These packages have it:"
  printf '  nix-shell -p %s\n' "${packages[@]}"
} >&2
exit 127
