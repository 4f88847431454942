
# For a fish whose files home-manager does not write.
if not set -q __HM_SESS_VARS_SOURCED
    and test -r "$_hm_profile/etc/profile.d/hm-session-vars.sh"
    for entry in (sh -c '. "$1"; exec env -0' sh $_hm_profile/etc/profile.d/hm-session-vars.sh | string split0)
        set -l pair (string split --max 1 = -- $entry)
        contains -- $pair[1] PWD OLDPWD SHLVL _; or set -gx $pair[1] $pair[2]
    end
end
