{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.targets.darwin;

  engines = {
    Bing = "com.bing.www";
    DuckDuckGo = "com.duckduckgo";
    Ecosia = "org.ecosia.www";
    Google = "com.google.www";
    Yahoo = "com.yahoo.www";
  };
in
{
  options.targets.darwin.search = lib.mkOption {
    type = lib.types.nullOr (lib.types.enum (lib.attrNames engines));
    default = null;
    description = "Where macOS searches the web.";
  };

  config = lib.mkIf (cfg.search != null) {
    assertions = [
      (lib.hm.assertions.assertPlatform "targets.darwin.search" pkgs lib.platforms.darwin)
    ];

    targets.darwin.defaults = {
      NSGlobalDomain.NSPreferredWebServices.NSWebServicesProviderWebSearch = {
        NSDefaultDisplayName = cfg.search;
        NSProviderIdentifier = engines.${cfg.search};
      };
      "com.apple.Safari".SearchProviderIdentifier = engines.${cfg.search};
    };
  };
}
