# Functions for builders that put a program behind a script: the script prepares the
# environment and the arguments, then becomes the program.

# A word for a bash script that stands for the given text.
quoteWord() {
  printf "'%s'" "${1//\'/\'\\\'\'}"
}

# makeWrapper PROGRAM WRAPPER [OPTION...]
makeWrapper() {
  local program=$1 wrapper=$2 argv0= before= after= body= variable separator value
  shift 2

  while [ "$#" -gt 0 ]; do
    case $1 in
      --set)
        body+="export $2=$(quoteWord "$3")"$'\n'
        shift 3
        ;;
      --set-default)
        body+="export $2=\${$2-$(quoteWord "$3")}"$'\n'
        shift 3
        ;;
      --unset)
        body+="unset $2"$'\n'
        shift 2
        ;;
      --chdir)
        body+="cd $(quoteWord "$2")"$'\n'
        shift 2
        ;;
      --run)
        body+="$2"$'\n'
        shift 2
        ;;
      --prefix | --prefix-each)
        variable=$2 separator=$3 value=$4
        [ "$1" = --prefix ] || value=${value// /"$separator"}
        body+="export $variable=$(quoteWord "$value")\${$variable:+$(quoteWord "$separator")}\$$variable"$'\n'
        shift 4
        ;;
      --suffix | --suffix-each)
        variable=$2 separator=$3 value=$4
        [ "$1" = --suffix ] || value=${value// /"$separator"}
        body+="export $variable=\$$variable\${$variable:+$(quoteWord "$separator")}$(quoteWord "$value")"$'\n'
        shift 4
        ;;
      --add-flag)
        before+=" $(quoteWord "$2")"
        shift 2
        ;;
      --append-flag)
        after+=" $(quoteWord "$2")"
        shift 2
        ;;
      --add-flags)
        before+=" $2"
        shift 2
        ;;
      --append-flags)
        after+=" $2"
        shift 2
        ;;
      --argv0)
        argv0=$(quoteWord "$2")
        shift 2
        ;;
      --inherit-argv0)
        argv0='"$0"'
        shift
        ;;
      --resolve-argv0)
        shift
        ;;
      *)
        echo "makeWrapper: unknown option $1" >&2
        return 1
        ;;
    esac
  done

  mkdir -p "$(dirname "$wrapper")"
  printf '#!%s -e\n%sexec %s%s%s "$@"%s\n' \
    "${wrapperShell-/usr/bin/env bash}" "$body" "${argv0:+-a $argv0 }" \
    "$(quoteWord "$program")" "$before" "$after" > "$wrapper"
  chmod +x "$wrapper"
}

makeShellWrapper() { makeWrapper "$@"; }

# wrapProgram PROGRAM [OPTION...]
wrapProgram() {
  local program=$1 hidden
  shift
  hidden="$(dirname "$program")/.$(basename "$program")-wrapped"
  while [ -e "$hidden" ]; do hidden="${hidden}_"; done
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" --inherit-argv0 "$@"
}

wrapProgramShell() { wrapProgram "$@"; }
