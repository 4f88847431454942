# Runs in the place of a builder: writes the environment that the build would have, as JSON.
set -e
if [ -e "${NIX_ATTRS_SH_FILE-}" ]; then
    source "$NIX_ATTRS_SH_FILE"
fi
export IN_NIX_SHELL=impure
export dontAddDisableDepTrack=1
if [[ -n ${stdenv-} && -e $stdenv/setup ]]; then
    source "$stdenv/setup"
fi
set +eu

__dump_string() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\r'/\\r}
    text=${text//$'\t'/\\t}
    printf '"%s"' "$text"
}

__dump_variable() {
    local __dump_flags __dump_key __dump_element __dump_separator=
    __dump_flags=$(declare -p "$1" 2>/dev/null) || return 1
    __dump_flags=${__dump_flags#declare -}
    __dump_flags=${__dump_flags%% *}
    local -n __dump_reference=$1
    case $__dump_flags in
        *A*)
            printf '{"type":"associative","value":{'
            for __dump_key in "${!__dump_reference[@]}"; do
                printf '%s' "$__dump_separator"
                __dump_string "$__dump_key"
                printf ':'
                __dump_string "${__dump_reference[$__dump_key]}"
                __dump_separator=,
            done
            printf '}}'
            ;;
        *a*)
            printf '{"type":"array","value":['
            for __dump_element in "${__dump_reference[@]}"; do
                printf '%s' "$__dump_separator"
                __dump_string "$__dump_element"
                __dump_separator=,
            done
            printf ']}'
            ;;
        *x*)
            printf '{"type":"exported","value":'
            __dump_string "${__dump_reference}"
            printf '}'
            ;;
        *)
            printf '{"type":"var","value":'
            __dump_string "${__dump_reference}"
            printf '}'
            ;;
    esac
}

__dump() {
    local __dump_names __dump_letter __dump_name __dump_text __dump_comma=
    printf '{"bashFunctions":{'
    while read -r _ _ __dump_name _; do
        case $__dump_name in
            __dump*) continue ;;
        esac
        __dump_text=$(declare -f "$__dump_name")
        __dump_text=${__dump_text#*\{}
        printf '%s' "$__dump_comma"
        __dump_string "$__dump_name"
        printf ':'
        __dump_string "${__dump_text%\}}"
        __dump_comma=,
    done < <(declare -F)
    printf '},"variables":{'
    __dump_comma=
    for __dump_letter in _ {A..Z} {a..z}; do
        eval "__dump_names=(\"\${!$__dump_letter@}\")"
        for __dump_name in "${__dump_names[@]}"; do
            case $__dump_name in
                # What belongs to this shell.
                __dump* | _ | BASH* | COMP_* | DIRSTACK | EPOCH* | EUID | FUNCNAME | GROUPS) continue ;;
                HISTCMD | LINENO | OPTIND | PIPESTATUS | PPID | RANDOM | SECONDS | SHELLOPTS) continue ;;
                SRANDOM | UID) continue ;;
            esac
            __dump_text=$(__dump_variable "$__dump_name") || continue
            printf '%s' "$__dump_comma"
            __dump_string "$__dump_name"
            printf ':%s' "$__dump_text"
            __dump_comma=,
        done
    done
    printf '}'
    if [ -e "${NIX_ATTRS_SH_FILE-}" ]; then
        printf ',"structuredAttrs":{".attrs.sh":'
        __dump_string "$(<"$NIX_ATTRS_SH_FILE")"
        printf ',".attrs.json":'
        __dump_string "$(<"$NIX_ATTRS_JSON_FILE")"
        printf '}'
    fi
    printf '}'
}

__dump_first=1
for __dump_output in $( [ -e "${NIX_ATTRS_SH_FILE-}" ] && echo "${!outputs[@]}" || echo "$outputs" ); do
    if [ -e "${NIX_ATTRS_SH_FILE-}" ]; then
        __dump_path=${outputs[$__dump_output]}
    else
        __dump_path=${!__dump_output}
    fi
    if [ -n "$__dump_first" ]; then
        __dump_first=
        __dump > "$__dump_path"
    else
        : > "$__dump_path"
    fi
done
