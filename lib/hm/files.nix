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
      ...
    }:
    let
      inline = type: empty: text: {
        inherit type empty;
        contents = _name: value: { text = text value; };
      };
    in
    if lib.isAttrs format then
      {
        inherit (format) type;
        empty = { };
        contents = name: value: { source = format.generate name value; };
      }
    else if format == "lines" then
      inline types.lines "" (text: text)
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
      formatOf pkgs { format = pkgs.formats.${format} { }; };

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

  # By the option that has a file's contents: `format` (the name of one of `pkgs.formats`, such a
  # format, "lines", "text-or-path" or "hyprconf"); the path of the file as `home` (below the home
  # directory), or `xdg` (below $XDG_CONFIG_HOME); `darwin`, where it is on macOS, below the home
  # directory; `always`, for a file that is written though it is empty; `prepare`, which the value
  # goes through first; `generator`, further arguments of the generator of "hyprconf"; `type`, `default`, `example`, `description` of the option.
  #
  # Gives the options, the list of configurations that write the files, and what these files are.
  fromOptions =
    {
      config,
      pkgs,

      # The configuration that has their contents.
      cfg,
      files,
    }:
    let
      # Whether a file is where macOS wants it.
      onDarwin = file: file ? darwin && pkgs.stdenv.hostPlatform.isDarwin;

      fileOption =
        _option:
        {
          example ? null,
          ...
        }@file:
        let
          made = formatOf pkgs file;
          shown = if file ? xdg then "$XDG_CONFIG_HOME/${file.xdg}" else "~/${file.home}";
        in
        mkOption (
          {
            type = file.type or made.type;
            default = file.default or made.empty;
            description = file.description or "Contents of {file}`${shown}`.";
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
          baseName = lib.removePrefix "." (baseNameOf (file.xdg or file.home));
          storeName = lib.removePrefix "hm_" (lib.hm.strings.storeFileName baseName);
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
