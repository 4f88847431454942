# Options whose values are written to files.
{ lib }:

let
  inherit (lib) mkIf mkOption types;

  # How a file's contents are declared and made, by the name of the format: its type, the value for
  # which there is no file, and what the file is made of.
  formatOf =
    pkgs:
    {
      format,
      generator ? { },
      text ? (value: value),
      empty ? "",
      ...
    }@given:
    let
      inline = type: empty: text: {
        inherit type empty;
        contents = _name: value: { text = text value; };
      };
    in
    if lib.isAttrs format then
      {
        inherit (format) type;
        empty = given.empty or { };
        contents = name: value: { source = format.generate name value; };
      }
    else if format == "text" then
      inline types.str empty text
    else if format == "lines" then
      inline types.lines "" text
    else if format == "text-or-path" then
      {
        type = types.either types.lines types.path;
        empty = "";
        contents = name: value: {
          source = if lib.isPath value then value else pkgs.writeText name value;
        };
      }
    else if format == "hyprconf" then
      inline hyprconfType { } (
        attrs: lib.hm.generators.toHyprconf ({ inherit attrs; } // generator)
      )
    else
      formatOf pkgs (given // { format = pkgs.formats.${format} generator; });

  hyprconfType =
    let
      value =
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.attrsOf value)
            (types.listOf value)
          ]
        )
        // {
          description = "Hyprland configuration value";
        };
    in
    value;
in
{
  inherit hyprconfType;

  # The configuration of a file whose contents are given as a path, as text, or as a value that
  # `generate` turns into a file.
  contents =
    generate: value:
    if lib.isPath value || lib.isStorePath value || lib.isDerivation value then
      { source = value; }
    else if lib.isString value then
      { text = value; }
    else
      { source = generate value; };

  # The file of such contents, always one of the store.
  fileOf =
    pkgs: generate: name: value:
    if lib.isPath value || lib.isStorePath value || lib.isDerivation value then
      value
    else if lib.isString value then
      pkgs.writeText name value
    else
      generate name value;

  # The type of such contents, from that of the value.
  contentsType =
    type:
    types.oneOf [
      type
      types.path
      types.lines
    ];

  # Files of a directory: the name of each value goes to a path, the value to a configuration.
  inDirectory =
    directory: extension: make: values:
    lib.mapAttrs' (name: value: {
      name = "${directory}/${name}${extension}";
      value = make name value;
    }) values;

  # By the option that has a file's contents: `format` (the name of one of `pkgs.formats`, such a
  # format, "lines", "text-or-path", "text" or "hyprconf"); the path of the file as `home` (below the
  # home directory), or `xdg` (below $XDG_CONFIG_HOME); `darwin`, where it is on macOS, below the home
  # directory; or `config`, the path below the directory of configurations, which is the one that
  # macOS has for them unless `xdg.enable` is set (`library`, its name below ~/Library); `always`, for a file that is written though it is empty; `prepare`, which the value
  # goes through first; `generator`, arguments of the named format or of the generator of "hyprconf";
  # for "text" and "lines" the function `text`, which makes the contents of the value; for "text"
  # `empty`, the value without a file; `type`, `default`, `example`, `description` of the option.
  # `reference` is a sentence that names the program's manual.
  #
  # `storeName` is the name of what is built, by default that of the file.
  #
  # Gives the options, the list of configurations that write the files, and what these files are.
  fromOptions =
    {
      config,
      pkgs,

      # The configuration that has their contents.
      cfg,
      files,
      reference ? "",
    }:
    let
      # Whether a file is where macOS wants it.
      onDarwin = file: file ? darwin && pkgs.stdenv.hostPlatform.isDarwin;

      configHome =
        file:
        if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
          "Library/${file.library or "Application Support"}"
        else
          config.xdg.configHome;

      fileOption =
        _option:
        {
          example ? null,
          ...
        }@file:
        let
          made = formatOf pkgs file;
          shown =
            if file ? home then "~/${file.home}" else "$XDG_CONFIG_HOME/${file.xdg or file.config}";
        in
        mkOption (
          {
            type = file.type or made.type;
            default = file.default or made.empty;
            description =
              file.description or "Contents of {file}`${shown}`."
              + lib.optionalString (reference != "") " ${reference}";
          }
          // lib.optionalAttrs (example != null) { inherit example; }
        );

      # Whether there is a file.
      isWritten =
        option: file:
        let
          value = cfg.${option};
        in
        file.always or false || (value != (formatOf pkgs file).empty && value != null);

      # What is built has the name of the file, as far as the store allows it.
      writeFile =
        option: file:
        let
          made = formatOf pkgs file;
          value = cfg.${option};
          baseName = lib.removePrefix "." (baseNameOf (file.xdg or file.config or file.home));
          storeName =
            file.storeName or (lib.removePrefix "hm_" (lib.hm.strings.storeFileName baseName));
          written = mkIf (isWritten option file) (
            made.contents storeName ((file.prepare or lib.id) value)
          );
        in
        # Which options are set must be known without `pkgs`, which comes from the configuration.
        lib.mkMerge [
          (lib.optionalAttrs (file ? home) {
            home.file.${file.home} = mkIf (!onDarwin file) written;
          })
          (lib.optionalAttrs (file ? xdg) {
            xdg.configFile.${file.xdg} = mkIf (!onDarwin file) written;
          })
          (lib.optionalAttrs (file ? config) {
            home.file."${configHome file}/${file.config}" = written;
          })
          (lib.optionalAttrs (file ? darwin) {
            home.file.${file.darwin} = mkIf (onDarwin file) written;
          })
        ];
    in
    {
      options = lib.mapAttrs fileOption files;
      configs = lib.mapAttrsToList writeFile files;

      # The files below $XDG_CONFIG_HOME that there are.
      sources = lib.mapAttrsToList (_option: file: "${config.xdg.configFile.${file.xdg}.source}") (
        lib.filterAttrs (option: file: file ? xdg && isWritten option file) files
      );
    };
}
