{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.gpg;

  gpg = if cfg.package == null then "gpg" else "${cfg.package}/bin/gpg";

  settingsType = types.attrsOf (
    types.either (types.either types.str types.bool) (types.listOf types.str)
  );

  settingsOption = file: example: mkOption {
    type = settingsType;
    default = { };
    inherit example;
    description = "Contents of {file}`${file}`; a list gives a line for each of its items.";
  };

  # A switch that is off leaves an empty line.
  settingLine =
    name: value: if lib.isString value then "${name} ${value}" else lib.optionalString value name;

  configFile =
    settings:
    mkIf (settings != { }) {
      text = lib.concatStrings (
        lib.concatLists (
          lib.mapAttrsToList (
            name: value: map (item: settingLine name item + "\n") (lib.toList value)
          ) settings
        )
      );
    };

  # From the worst to the best, as gpg numbers them from 1.
  trustLevels = [
    "unknown"
    "never"
    "marginal"
    "full"
    "ultimate"
  ];
  trustNumbers = lib.listToAttrs (lib.imap1 (lib.flip lib.nameValuePair) trustLevels);

  keyType = types.submodule (
    { config, ... }:
    {
      options = {
        text = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Text of the key.";
        };

        source = mkOption {
          type = types.path;
          description = "File with the key.";
        };

        trust = mkOption {
          type = types.nullOr (
            types.enum (
              lib.concatMap (name: [
                name
                trustNumbers.${name}
              ]) trustLevels
            )
          );
          default = null;
          apply = level: trustNumbers.${toString level} or level;
          description = "How much its owner is trusted to check other keys, by name or from 1 to 5.";
        };
      };

      config.source = mkIf (config.text != null) (pkgs.writeText "gpg-pubkey" config.text);
    }
  );

  trustFunctions = ''
    function gpgKeyId() {
      ${gpg} --show-key --with-colons "$1" \
        | grep ^pub: \
        | cut -d: -f5
    }

    function importTrust() {
      local keyIds trust
      mapfile -t keyIds <<< "$(gpgKeyId "$1")"
      trust="$2"
      for id in "''${keyIds[@]}" ; do
        { echo trust; echo "$trust"; (( trust == 5 )) && echo y; echo quit; } \
          | ${gpg} --no-tty --command-fd 0 --edit-key "$id"
      done
    }

  '';

  trustCommand = key: ''importTrust "${key.source}" ${toString key.trust}'';

  # A keyring with the keys of the configuration alone.
  keyring =
    pkgs.runCommand "gpg-pubring" { buildInputs = lib.optional (cfg.package != null) cfg.package; }
      ''
        export GNUPGHOME
        GNUPGHOME=$(mktemp -d)

        ${trustFunctions}
        ${lib.concatMapStringsSep "\n" (key: ''
          ${gpg} --import ${key.source}
          ${lib.optionalString (key.trust != null) (trustCommand key)}
        '') cfg.publicKeys}

        mkdir $out
        cp $GNUPGHOME/pubring.kbx $out/pubring.kbx
        if [[ -e $GNUPGHOME/trustdb.gpg ]] ; then
          cp $GNUPGHOME/trustdb.gpg $out/trustdb.gpg
        fi
      '';

  importCommands = lib.concatMap (
    key:
    lib.optional cfg.mutableKeys "run ${gpg} $QUIET_ARG --import ${key.source}"
    ++ lib.optional (cfg.mutableTrust && key.trust != null) "run ${trustCommand key}"
  ) cfg.publicKeys;

  replacesTrust = !cfg.mutableTrust && lib.any (key: key.trust != null) cfg.publicKeys;

  importScript = lib.concatStringsSep "\n" (
    lib.optional (importCommands != [ ]) ''
      export GNUPGHOME=${lib.escapeShellArg cfg.homedir}
      if [[ ! -v VERBOSE ]]; then
        QUIET_ARG="--quiet"
      else
        QUIET_ARG=""
      fi
      ${trustFunctions}
      ${lib.concatStringsSep "\n" importCommands}
      unset GNUPGHOME QUIET_ARG keyId importTrust
    ''
    ++ lib.optional replacesTrust ''install -m 0700 ${keyring}/trustdb.gpg "${cfg.homedir}/trustdb.gpg"''
  );
in
{
  options.programs.gpg = {
    enable = lib.mkEnableOption "GnuPG";

    package = lib.hm.options.packageOption pkgs "gnupg" {
      nullable = true;
      example = [ "gnupg23" ];
    };

    homedir = mkOption {
      type = types.path;
      default = "${config.home.homeDirectory}/.gnupg";
      defaultText = lib.literalExpression ''"''${config.home.homeDirectory}/.gnupg"'';
      description = "Directory of the configuration and the keys.";
    };

    # Without a default: those below are merged with what the user sets.
    settings = removeAttrs (settingsOption "gpg.conf" { s2k-cipher-algo = "AES128"; }) [ "default" ];
    scdaemonSettings = settingsOption "scdaemon.conf" { disable-ccid = true; };
    dirmngrSettings = settingsOption "dirmngr.conf" { allow-version-check = true; };
    gpgsmSettings = settingsOption "gpgsm.conf" { with-key-data = true; };

    publicKeys = mkOption {
      type = types.listOf keyType;
      default = [ ];
      example = lib.literalExpression "[ { source = ./keys.asc; trust = 5; } ]";
      description = "Keys to import, which everybody can read in the store.";
    };

    mutableKeys = mkOption {
      type = types.bool;
      default = true;
      description = "Whether keys can be added with gpg; if not, the keyring is a link to the store.";
    };

    mutableTrust = mkOption {
      type = types.bool;
      default = true;
      description = "Whether trust can be set with gpg; if not, each activation replaces all of it.";
    };
  };

  config = mkIf cfg.enable {
    programs.gpg.settings = lib.mapAttrs (_name: lib.mkDefault) {
      personal-cipher-preferences = "AES256 AES192 AES";
      personal-digest-preferences = "SHA512 SHA384 SHA256";
      personal-compress-preferences = "ZLIB BZIP2 ZIP Uncompressed";
      default-preference-list = "SHA512 SHA384 SHA256 AES256 AES192 AES ZLIB BZIP2 ZIP Uncompressed";
      cert-digest-algo = "SHA512";
      s2k-digest-algo = "SHA512";
      s2k-cipher-algo = "AES256";
      display-charset = "utf-8";
      keyid-format = "0xlong";
      list-options = "show-uid-validity";
      verify-options = "show-uid-validity";
      no-comments = true;
      no-emit-version = true;
      no-symkey-cache = true;
      require-cross-certification = true;
      with-fingerprint = true;
    };

    home.packages = lib.optional (cfg.package != null) cfg.package;
    home.sessionVariables.GNUPGHOME = cfg.homedir;

    home.file = {
      "${cfg.homedir}/gpg.conf" = configFile cfg.settings;
      "${cfg.homedir}/scdaemon.conf" = configFile cfg.scdaemonSettings;
      "${cfg.homedir}/dirmngr.conf" = configFile cfg.dirmngrSettings;
      "${cfg.homedir}/gpgsm.conf" = configFile cfg.gpgsmSettings;

      "${cfg.homedir}/pubring.kbx" = mkIf (!cfg.mutableKeys && cfg.publicKeys != [ ]) {
        source = "${keyring}/pubring.kbx";
      };
    };

    home.activation = {
      # Before it is linked into, so that it has the mode that gpg wants.
      createGpgHomedir = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] ''
        run mkdir -m700 -p $VERBOSE_ARG ${lib.escapeShellArg cfg.homedir}
      '';

      importGpgKeys = mkIf (cfg.publicKeys != [ ]) (
        lib.hm.dag.entryAfter [ "linkGeneration" ] importScript
      );
    };
  };
}
