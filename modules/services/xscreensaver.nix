{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "XScreenSaver, which locks the screen";
  docs = "https://www.jwz.org/xscreensaver/man1.html";
  linuxOnly = true;

  options.settings = option (types.attrsOf (types.either types.bool (types.either types.int types.str))) { } "Resources of XScreenSaver." // {
    example = {
      mode = "blank";
      lock = false;
    };
  };

  config.xresources.properties = lib.mapAttrs' (
    name: lib.nameValuePair "xscreensaver.${name}"
  ) cfg.settings;

  unit =
    lib.recursiveUpdate
      (lib.hm.services.graphicalUnit "XScreenSaver" {
        ExecStart = "${bin "xscreensaver"} -no-splash";
        Environment = lib.optional (cfg.package != null) "PATH=${lib.makeBinPath [ cfg.package ]}";
      })
      {
        # It reads its resources when it starts.
        Unit.X-Restart-Triggers = [ (builtins.hashString "md5" (builtins.toJSON cfg.settings)) ];
      };
}
