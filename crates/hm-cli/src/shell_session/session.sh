
# For a shell whose files home-manager does not write.
if [ -n "${_hm_profile-}" ]; then
  if [ -n "${ZSH_VERSION-}" ]; then
    eval '
      for _hm_file in "$_hm_profile/share/zsh/site-functions" "$_hm_profile/share/zsh/vendor-completions"; do
        if [ -d "$_hm_file" ] && [ "${fpath[(Ie)$_hm_file]}" -eq 0 ]; then
          fpath=("$_hm_file" $fpath)
        fi
      done
      unset _hm_file
    '
  fi
  if [ -r "$_hm_profile/etc/profile.d/hm-session-vars.sh" ]; then
    . "$_hm_profile/etc/profile.d/hm-session-vars.sh"
  fi
fi
