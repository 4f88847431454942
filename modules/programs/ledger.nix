{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  lines = lib.generators.toKeyValue {
    mkKeyValue =
      name: value:
      if lib.isBool value then lib.optionalString value "--${name}" else "--${name} ${toString value}";
    listsAsDuplicateKeys = true;
  };
in
{
  title = "Ledger, which keeps accounts";
  docs = "https://ledger-cli.org/doc/ledger3.html#Options";

  options = {
    settings = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
        (types.listOf types.str)
      ]
    )) { } "Options of Ledger. See <https://ledger-cli.org/doc/ledger3.html#Options>." // {
      example = {
        sort = "date";
        strict = true;
      };
    };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/ledger/ledgerrc`." // {
      example = ''
        --date-format %Y-%m-%d
      '';
    };
  };

  config.xdg.configFile."ledger/ledgerrc" = lib.mkIf (cfg.settings != { } || cfg.extraConfig != "") {
    text = lines cfg.settings + cfg.extraConfig;
  };
}
