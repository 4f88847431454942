
# What the caller expects: 0 that the script sets the profile of the generation, 1 that it does not.
hmDriverVersion=0

while (( $# > 0 )); do
  case $1 in
    --driver-version)
      if (( $# < 2 )); then
        errorEcho "$0: no driver version specified" >&2
        exit 1
      elif [[ $2 != [01] ]]; then
        errorEcho "$0: unexpected driver version $2" >&2
        exit 1
      fi
      hmDriverVersion=$2
      shift 2
      ;;
    *)
      _iError "%s: unknown option '%s'" "$0" "$1" >&2
      exit 1
      ;;
  esac
done
