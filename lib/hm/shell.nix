{ lib }:

let
  export = name: value: ''export ${name}="${
    if builtins.isBool value then
      lib.boolToString value
    else
      import ./double-quotes.nix { inherit lib; } (toString value)
  }"'';

  # Puts as many items on each line as fit into `width` characters.
  wrapLines =
    items: width:
    let
      place =
        state: item:
        let
          longer = if state.line == "" then item else "${state.line} ${item}";
        in
        if builtins.stringLength longer <= width then
          state // { line = longer; }
        else
          {
            done = state.done ++ [ state.line ];
            line = item;
          };
      final = builtins.foldl' place {
        done = [ ];
        line = "";
      } items;
    in
    final.done ++ lib.optional (final.line != "") final.line;

  integrationOption =
    shell:
    {
      config,
      baseName ? shell,
      extraDescription ? "",
    }:
    let
      option = "enable${baseName}Integration";
    in
    lib.mkOption {
      type = lib.types.bool;
      default = config.home.shell.${option};
      defaultText = lib.literalMD "[](#opt-home.shell.${option})";
      example = false;
      description =
        "Whether to enable ${shell} integration."
        + lib.optionalString (extraDescription != "") "\n\n${extraDescription}";
    };
in
{
  inherit export wrapLines;

  # One `export` line for each variable whose value is not null.
  exportAll =
    variables:
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList export (lib.filterAttrs (_name: value: value != null) variables)
    );

  # Lines that read a script of a package's `etc/profile.d`. A distribution may have it elsewhere
  # or load it by itself.
  sourceProfileScript =
    package: script:
    if package == null then
      ''
        if [ -r /etc/profile.d/${script} ]; then source /etc/profile.d/${script}; fi
      ''
    else
      ''
        source "${package}/etc/profile.d/${script}"
      '';

  # A word that puts values in front of those that a list-like variable already has.
  prependToVar =
    separator: name: values:
    "${lib.concatStringsSep separator values}\${${name}:+${separator}}\$${name}";

  # The inside of an array's parentheses, quoted, in lines of at most 78 characters.
  formatShellArrayContent =
    items: "\n  ${lib.concatStringsSep "\n  " (wrapLines (map lib.escapeShellArg items) 78)}\n";

  mkBashIntegrationOption = integrationOption "Bash";
  mkFishIntegrationOption = integrationOption "Fish";
  mkIonIntegrationOption = integrationOption "Ion";
  mkNushellIntegrationOption = integrationOption "Nushell";
  mkZshIntegrationOption = integrationOption "Zsh";
}
