# Written by home-manager. Puts the profile of the home into the environment of a shell, unless
# something else has done so, as the installer of Nix and NixOS do.
if test -n "$HOME"
    set -g _hm_profile "@PROFILE@"
    if not contains -- $_hm_profile/bin $PATH
        set -gx PATH $_hm_profile/bin $PATH
        # fish has looked at XDG_DATA_DIRS before it reads this file.
        if not contains -- $_hm_profile/share (string split : -- "$XDG_DATA_DIRS")
            set -a fish_function_path $_hm_profile/share/fish/vendor_functions.d
            set -a fish_complete_path $_hm_profile/share/fish/vendor_completions.d
            for file in $_hm_profile/share/fish/vendor_conf.d/*.fish
                source $file
            end
        end
        # A login shell in another shell has a new PATH, but the other variables.
        if test -z "$XDG_DATA_DIRS"
            set -gx XDG_DATA_DIRS "$_hm_profile/share:/usr/local/share:/usr/share"
        else if not contains -- $_hm_profile/share (string split : -- "$XDG_DATA_DIRS")
            set -gx XDG_DATA_DIRS "$_hm_profile/share:$XDG_DATA_DIRS"
        end
        if test -z "$TERMINFO_DIRS"
            set -gx TERMINFO_DIRS "$_hm_profile/share/terminfo:/etc/terminfo:/lib/terminfo:/usr/share/terminfo"
        else if not contains -- $_hm_profile/share/terminfo (string split : -- "$TERMINFO_DIRS")
            set -gx TERMINFO_DIRS "$_hm_profile/share/terminfo:$TERMINFO_DIRS"
        end
        if not contains -- $_hm_profile (string split ' ' -- "$NIX_PROFILES")
            set -gx NIX_PROFILES (string trim -- "$NIX_PROFILES $_hm_profile")
        end
        # man finds the manuals beside the programs in PATH, unless the variable is set.
        if test -n "$MANPATH"; and not contains -- $_hm_profile/share/man $MANPATH
            set -gx MANPATH $_hm_profile/share/man $MANPATH
        end
        if test -z "$NIX_SSL_CERT_FILE"
            for file in \
                    /etc/ssl/certs/ca-certificates.crt \
                    /etc/ssl/ca-bundle.pem \
                    /etc/ssl/certs/ca-bundle.crt \
                    /etc/pki/tls/certs/ca-bundle.crt \
                    $_hm_profile/etc/ssl/certs/ca-bundle.crt
                if test -e $file
                    set -gx NIX_SSL_CERT_FILE $file
                    break
                end
            end
        end
    end
end
