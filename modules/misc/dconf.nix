# Settings of GNOME programs, which are in a database.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.dconf;

  directories = types.attrsOf (types.attrsOf lib.hm.types.gvariant);

  keysOf =
    settings:
    lib.concatLists (
      lib.mapAttrsToList (
        directory: entries: map (key: "/${directory}/${key}") (builtins.attrNames entries)
      ) settings
    );

  iniFile =
    settings:
    pkgs.writeText "hm-dconf.ini" (
      lib.generators.toINI {
        mkKeyValue = key: value: "${key}=${toString (lib.hm.gvariant.mkValue value)}";
      } settings
    );

  # Which keys a generation sets: those that the next one does not are reset.
  database = name: settings: rec {
    inherit settings;
    stateName = "dconf-keys${lib.optionalString (name != null) "-${name}"}.json";
    keys = pkgs.writeText stateName (builtins.toJSON (keysOf settings));
    environment = lib.optionalString (
      name != null
    ) "env DCONF_PROFILE=${pkgs.writeText "dconf-profile-${name}" "user-db:${name}\n"}";
  };

  databases =
    lib.optional (cfg.settings != { }) (database null cfg.settings)
    ++ lib.mapAttrsToList database cfg.databases;

  dconf = lib.hm.options.programPath' (pkgs.dconf or null) "dconf";
  jq = if pkgs.isHomeManagerEmbedded or false then "jq" else lib.getExe' pkgs.jq "jq";

  # Without a bus, there is one for as long as the command runs.
  withoutBus =
    if pkgs ? dbus then
      "${pkgs.dbus}/bin/dbus-run-session --dbus-daemon=${pkgs.dbus}/bin/dbus-daemon"
    else
      "dbus-run-session";

  # A distribution may not have the program: the rest of the home is switched to all the same.
  load =
    database:
    if pkgs ? dconf then
      run database
    else
      ''
        if ! command -v dconf > /dev/null; then
          warnEcho "The program dconf is not installed. Its settings are left out (gtk.enable and dconf.settings)."
        elif [[ ! -v DBUS_SESSION_BUS_ADDRESS ]] && ! command -v dbus-run-session > /dev/null; then
          warnEcho "There is no D-Bus session, and dbus-run-session is not installed. Settings of dconf are left out."
        elif [[ -v oldGenPath ]] && ! command -v jq > /dev/null; then
          warnEcho "The program jq is not installed. Settings of dconf are left out."
        else
          ${run database}
        fi
      '';

  run = database: ''
    if [[ -v DBUS_SESSION_BUS_ADDRESS ]]; then
      export DCONF_DBUS_RUN_SESSION="${database.environment}"
    else
      export DCONF_DBUS_RUN_SESSION="${withoutBus} ${database.environment}"
    fi

    if [[ -v oldGenPath && -f $oldGenPath/state/${database.stateName} ]]; then
      while IFS= read -r hmKey; do
        verboseEcho "Resetting dconf key \"$hmKey\""
        run $DCONF_DBUS_RUN_SESSION ${dconf} reset "$hmKey"
      done < <(${jq} -r -n \
        --slurpfile old "$oldGenPath/state/${database.stateName}" \
        --slurpfile new "$newGenPath/state/${database.stateName}" \
        '($old[] - $new[])[]')
      unset hmKey
    fi

    run $DCONF_DBUS_RUN_SESSION ${dconf} load / < ${iniFile database.settings}
    unset DCONF_DBUS_RUN_SESSION
  '';
in
{
  options.dconf = {
    enable = mkOption {
      type = types.bool;
      default = !pkgs.stdenv.hostPlatform.isDarwin;
      visible = false;
      description = "Whether settings are written to the database. NixOS has to enable dconf, too.";
    };

    settings = mkOption {
      type = directories;
      default = { };
      example = lib.literalExpression ''
        {
          "org/gnome/calculator" = {
            button-mode = "programming";
            show-thousands = true;
            window-position = lib.hm.gvariant.mkTuple [ 100 100 ];
          };
        }
      '';
      description = ''
        Settings by their directory. They need the type that their program expects: a whole
        number is an `int32`, unless `lib.hm.gvariant` makes it another one.
      '';
    };

    databases = mkOption {
      type = types.attrsOf directories;
      default = { };
      description = "The same for other databases than the user's, by their name.";
    };
  };

  config = lib.mkIf (cfg.enable && databases != [ ]) {
    # The directory has to be there.
    xdg.configFile."dconf/.keep".source = builtins.toFile "keep" "";

    home.extraBuilderCommands = ''
      mkdir -p "$out/state"
    ''
    + lib.concatMapStrings (database: ''
      ln -s ${database.keys} "$out/state/${database.stateName}"
    '') databases;

    home.activation.dconfSettings = lib.hm.dag.entryAfter [ "installPackages" ] (
      lib.concatMapStrings load databases
    );
  };
}
