{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib)
    concatStringsSep
    mkOption
    optional
    optionalString
    types
    ;

  cfg = config.programs.ssh;

  isSocket = address: lib.hasPrefix "/" address;

  # Rendering of single values.

  scalar = value: if lib.isBool value then lib.hm.booleans.yesNo value else toString value;

  endpoint =
    side:
    let
      address = side.address or "localhost";
      port = toString (side.port or null);
    in
    if address == null then
      port
    else if isSocket address then
      address
    else
      "[${address}]:${port}";

  forward =
    value: if lib.isAttrs value then "${endpoint value.bind} ${endpoint value.host}" else scalar value;

  dynamicForward = value: if lib.isAttrs value then endpoint value else scalar value;

  environment =
    variables:
    concatStringsSep " " (
      lib.mapAttrsToList (
        name: value: ''${name}="${lib.escape [ "\"" "\\" ] (toString value)}"''
      ) variables
    );

  # ssh takes the first value it finds for these, so that a list has to be on one line.
  separators =
    lib.genAttrs [
      "CASignatureAlgorithms"
      "Ciphers"
      "HostbasedAcceptedAlgorithms"
      "HostbasedKeyTypes"
      "HostKeyAlgorithms"
      "IgnoreUnknown"
      "KbdInteractiveDevices"
      "KexAlgorithms"
      "MACs"
      "PreferredAuthentications"
      "ProxyJump"
      "PubkeyAcceptedAlgorithms"
      "PubkeyAcceptedKeyTypes"
    ] (_name: ",")
    // lib.genAttrs [
      "CanonicalDomains"
      "CanonicalizePermittedCNAMEs"
      "ChannelTimeout"
      "GlobalKnownHostsFile"
      "PermitRemoteOpen"
      "SendEnv"
      "UserKnownHostsFile"
    ] (_name: " ");

  # A path with blanks has to be in quotes. Where the user has quoted or escaped something, or a
  # comment follows, the value stays.
  path =
    value:
    let
      text = scalar value;
    in
    if builtins.match "[^\"'\\\\#]*[[:blank:]][^\"'\\\\#]*" text != null then "\"${text}\"" else text;

  itemRenderers = {
    CertificateFile = path;
    ControlPath = path;
    IdentityAgent = path;
    IdentityFile = path;
    PKCS11Provider = path;
    RevokedHostKeys = path;
    SecurityKeyProvider = path;
    XAuthLocation = path;
    DynamicForward = dynamicForward;
    LocalForward = forward;
    RemoteForward = forward;
  };

  # The arguments of a directive: one string for each line it takes.
  arguments =
    name: value:
    if name == "SetEnv" then
      [ (environment value) ]
    else if separators ? ${name} then
      # Blanks in a single text separate paths.
      [
        (lib.concatMapStringsSep separators.${name} (
          if lib.isList value && lib.hasSuffix "KnownHostsFile" name then path else scalar
        ) (lib.toList value))
      ]
    else
      map (itemRenderers.${name} or scalar) (lib.toList value);

  isEmpty = value: value == null || value == [ ] || value == { };

  directive =
    indent: name: value:
    lib.optionals (!isEmpty value) (
      map (argument: "${indent}${name} ${argument}") (arguments name value)
    );

  # Blocks.

  isHeader = name: lib.hasPrefix "Host " name || lib.hasPrefix "Match " name;

  # Directives that are not meant for ssh.
  internalNames = [
    "header"
    "extraOptions"
    legacyOptions
  ];
  legacyOptions = "__hmSshBlockExtraOptions";

  blockText =
    block:
    let
      names = lib.attrNames (removeAttrs block internalNames);
      # It holds for what follows it only.
      ordered = lib.partition (name: name == "IgnoreUnknown") names;
      extra = lib.mapAttrsToList (name: value: "  ${name} ${value}") (block.${legacyOptions} or { });
    in
    concatStringsSep "\n" (
      [ block.header ]
      ++ lib.concatMap (name: directive "  " name block.${name}) (ordered.right ++ ordered.wrong)
    )
    + lib.optionalString (extra != [ ]) ("\n" + concatStringsSep "\n" extra + "\n");

  blockType = types.submodule (
    { dagName, ... }:
    {
      freeformType = types.attrsOf types.anything;

      options.header = mkOption {
        type = types.str;
        default = if isHeader dagName then dagName else "Host ${dagName}";
        defaultText = lib.literalMD "the name of the block, after `Host ` unless it has a keyword of its own";
        description = "The line that begins the block.";
      };
    }
  );

  hostBlocks =
    let
      sorted = lib.hm.dag.topoSort (removeAttrs cfg.settings [ "*" ]);
    in
    sorted.result or (abort "Dependency cycle in SSH match blocks: ${builtins.toJSON sorted}");

  globalLines =
    lib.concatLists (lib.mapAttrsToList (directive "") cfg.extraOptionOverrides)
    ++ optional (cfg.includes != [ ]) "Include ${toString cfg.includes}";

  sections =
    optional (globalLines != [ ]) (concatStringsSep "\n" globalLines)
    ++ map (block: blockText block.data) hostBlocks
    ++ optional (cfg.settings ? "*") (blockText cfg.settings."*".data)
    # It belongs to the last block.
    ++ optional (cfg.extraConfig != "") (
      "  " + lib.replaceStrings [ "\n" ] [ "\n  " ] (lib.removeSuffix "\n" cfg.extraConfig)
    );

  settingValues = map (entry: entry.data) (lib.attrValues cfg.settings);

  forwardEndpoints =
    block:
    let
      sets = name: lib.filter lib.isAttrs (lib.toList (block.${name} or [ ]));
      ends = name: lib.concatMap (value: [ value.bind value.host ]) (sets name);
    in
    sets "DynamicForward" ++ ends "LocalForward" ++ ends "RemoteForward";

  socketWithPort =
    side:
    (side.address or null) != null && isSocket side.address && (side.port or null) != null;

  # The options of earlier releases.

  legacy = import ./legacy.nix { inherit lib; };

  matchBlocks = lib.mapAttrs (_name: entry: entry.data) cfg.matchBlocks;
  matchBlocksFiles = lib.showFiles options.programs.ssh.matchBlocks.files;

  # What ssh does anyway, kept as long as the default configuration is.
  defaults = {
    ForwardAgent = false;
    AddKeysToAgent = "no";
    Compression = false;
    ServerAliveInterval = 0;
    ServerAliveCountMax = 3;
    HashKnownHosts = false;
    UserKnownHostsFile = "~/.ssh/known_hosts";
    ControlMaster = "no";
    ControlPath = "~/.ssh/master-%r@%n:%p";
    ControlPersist = "no";
  };

  movedToDefaults =
    name:
    let
      lowered = lib.toLower (lib.substring 0 1 name) + lib.substring 1 (-1) name;
    in
    lib.mkRenamedOptionModule
      [ "programs" "ssh" lowered ]
      [ "programs" "ssh" "settings" "*" name ];
in
{
  imports = map movedToDefaults [
    "ForwardAgent"
    "AddKeysToAgent"
    "Compression"
    "ServerAliveInterval"
    "ServerAliveCountMax"
    "HashKnownHosts"
    "UserKnownHostsFile"
    "ControlMaster"
    "ControlPath"
    "ControlPersist"
  ];

  options.programs.ssh = {
    enable = lib.mkEnableOption "management of the SSH client's configuration";

    package = lib.mkOption {
      type = types.nullOr types.package;
      default = null;
      example = lib.literalExpression "pkgs.openssh";
      description = "Package of the SSH client; by default the one of the system is used.";
    };

    settings = mkOption {
      type = lib.hm.types.dagOf blockType;
      default = { };
      example = lib.literalExpression ''
        {
          "github.com".IdentityFile = "~/.ssh/github";
          "*.example.org" = lib.hm.dag.entryBefore [ "github.com" ] { User = "me"; };
          "Match host *.internal".ProxyJump = "gateway";
        }
      '';
      description = ''
        Blocks of {file}`~/.ssh/config` by host pattern, or by a whole `Host` or `Match` line,
        with the directives of {manpage}`ssh_config(5)`. ssh goes by the first value it finds:
        where that matters, give the order with `lib.hm.dag`. The block `*` comes last.
      '';
    };

    matchBlocks = mkOption {
      type = lib.hm.types.dagOf legacy.blockType;
      default = { };
      visible = false;
      description = "Use `programs.ssh.settings`.";
    };

    enableDefaultConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether to write the defaults of earlier releases into the block `*`.";
    };

    includes = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "~/.ssh/config.d/*" ];
      description = "Globs of further configuration files.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of the block `*`.";
    };

    extraOptionOverrides = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Directives that take precedence over those of every block.";
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        home.packages = optional (cfg.package != null) cfg.package;

        home.file.".ssh/config".text = optionalString (sections != [ ]) (
          concatStringsSep "\n\n" sections + "\n"
        );

        programs.ssh.settings = lib.mapAttrs (
          _name: entry: entry // { data = legacy.toSettings legacyOptions entry.data; }
        ) cfg.matchBlocks;

        assertions = [
          {
            assertion = !lib.any socketWithPort (lib.concatMap forwardEndpoints settingValues);
            message = "Forwarded paths cannot have ports.";
          }
          {
            assertion = cfg.extraConfig == "" || cfg.settings ? "*";
            message = ''Cannot set `programs.ssh.extraConfig` if `programs.ssh.settings."*"` (default host config) is not declared.'';
          }
          {
            assertion = lib.all (block: block.extraOptions or { } == { }) settingValues;
            message = ''
              `programs.ssh.settings.*.extraOptions` defined in ${lib.showFiles options.programs.ssh.settings.files} is not supported. Move these OpenSSH options directly into `programs.ssh.settings.*` using upstream directive names.
            '';
          }
        ];

        warnings =
          optional (matchBlocks != { }) ''
            `programs.ssh.matchBlocks` defined in ${matchBlocksFiles} is deprecated. Use `programs.ssh.settings`.
          ''
          ++ lib.concatLists (
            lib.mapAttrsToList (
              name: block:
              optional (block.host != null && block.match != null) ''
                The SSH config match block `programs.ssh.matchBlocks.${name}` sets both of the host and match options.
                The match option takes precedence.''
            ) matchBlocks
          )
          ++ lib.concatLists (
            lib.mapAttrsToList (
              name: block:
              optional (block.extraOptions != { }) ''
                `programs.ssh.matchBlocks.${name}.extraOptions` defined in ${matchBlocksFiles} is deprecated. Move these OpenSSH options to `programs.ssh.settings.${name}` using upstream directive names.
              ''
            ) matchBlocks
          );
      }

      (lib.mkIf cfg.enableDefaultConfig {
        programs.ssh.settings."*" = lib.mapAttrs (_name: lib.mkDefault) defaults;

        warnings = [
          ''
            `programs.ssh` default values will be removed in the future.
            Consider setting `programs.ssh.enableDefaultConfig` to false,
            and manually set the default values you want to keep at
            `programs.ssh.settings."*"`.
          ''
        ];
      })
    ]
  );
}
