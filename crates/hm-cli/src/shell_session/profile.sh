# Written by home-manager. Puts the profile of the home into the environment of a shell, unless
# something else has done so, as the installer of Nix and NixOS do.
if [ -n "${HOME-}" ]; then
  _hm_profile="@PROFILE@"
  case ":${PATH-}:" in
    *":$_hm_profile/bin:"*) ;;
    *)
      export PATH="$_hm_profile/bin${PATH:+:$PATH}"
      # A login shell in another shell has a new PATH, but the other variables.
      case ":${XDG_DATA_DIRS-}:" in
        *":$_hm_profile/share:"*) ;;
        *) export XDG_DATA_DIRS="$_hm_profile/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}" ;;
      esac
      case ":${TERMINFO_DIRS-}:" in
        *":$_hm_profile/share/terminfo:"*) ;;
        *) export TERMINFO_DIRS="$_hm_profile/share/terminfo:${TERMINFO_DIRS:-/etc/terminfo:/lib/terminfo:/usr/share/terminfo}" ;;
      esac
      case " ${NIX_PROFILES-} " in
        *" $_hm_profile "*) ;;
        *) export NIX_PROFILES="${NIX_PROFILES:+$NIX_PROFILES }$_hm_profile" ;;
      esac
      # man finds the manuals beside the programs in PATH, unless the variable is set.
      case ":${MANPATH-}:" in
        :: | *":$_hm_profile/share/man:"*) ;;
        *) export MANPATH="$_hm_profile/share/man:$MANPATH" ;;
      esac
      if [ -z "${NIX_SSL_CERT_FILE-}" ]; then
        for _hm_file in \
          /etc/ssl/certs/ca-certificates.crt \
          /etc/ssl/ca-bundle.pem \
          /etc/ssl/certs/ca-bundle.crt \
          /etc/pki/tls/certs/ca-bundle.crt \
          "$_hm_profile/etc/ssl/certs/ca-bundle.crt"; do
          if [ -e "$_hm_file" ]; then
            export NIX_SSL_CERT_FILE="$_hm_file"
            break
          fi
        done
        unset _hm_file
      fi
      ;;
  esac
fi
