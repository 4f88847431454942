{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
in
{
  title = "Cargo's configuration";
  docs = "https://doc.rust-lang.org/cargo/reference/config.html";

  options = {
    cargoHome = option (types.nullOr types.str) null "Directory of Cargo, in {env}`CARGO_HOME`; {file}`~/.cargo` if null." // {
      apply = path: if path == null then null else lib.removePrefix "${config.home.homeDirectory}/" path;
      example = lib.literalExpression ''"''${config.xdg.dataHome}/cargo"'';
    };

    settings = option toml.type { } "Contents of Cargo's {file}`config.toml`. See <https://doc.rust-lang.org/cargo/reference/config.html>.";
  };

  config.home = {
    sessionVariables = lib.mkIf (cfg.cargoHome != null) {
      CARGO_HOME = "${config.home.homeDirectory}/${cfg.cargoHome}";
    };

    file."${if cfg.cargoHome == null then ".cargo" else cfg.cargoHome}/config.toml".source =
      toml.generate "config.toml" cfg.settings;
  };
}
