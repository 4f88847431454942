{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  modifier = if isDarwin then "alt" else "ctrl";
  opener = if isDarwin then "open" else "xdg-open";

  action = description: command: {
    inherit description command;
    mode = "execute";
  };
in
{
  title = "nix-search-tv, which searches packages and options";
  docs = "https://github.com/3timeslazy/nix-search-tv";

  files.settings = {
    format = "json";
    storeName = "config.json";
    xdg = "nix-search-tv/config.json";
    example.indexes = [
      "nixpkgs"
      "nixos"
    ];
  };

  options.enableTelevisionIntegration =
    option types.bool config.programs.television.enable "Whether television has a channel of it."
    // {
      defaultText = lib.literalExpression "config.programs.television.enable";
      example = true;
    };

  config = {
    assertions = [
      {
        assertion = cfg.package != null || cfg.enableTelevisionIntegration;
        message = "Cannot enable television integration when config.programs.nix-search-tv.package is null.";
      }
    ];

    programs.television.channels.nix-search-tv = lib.mkIf cfg.enableTelevisionIntegration {
      metadata = {
        name = "nix-search-tv";
        description = "Search nix options and packages";
      };

      source.command = "${exe} print";
      preview.command = ''${exe} preview "{}"'';

      keybindings = {
        "${modifier}-r" = "actions:run";
        "${modifier}-i" = "actions:shell";
        "${modifier}-s" = "actions:source";
        "${modifier}-o" = "actions:homepage";
      };

      actions = {
        run = action "Run the package" ''nix run {replace:s/\/ /#/g}'';
        shell = action "Enter new nix shell with this package" ''nix shell {replace:s/\/ /#/g}'';
        source = action "Open link to source code" "${exe} source '{}' | xargs ${opener}";
        homepage = action "Open link to homepage" "${exe} homepage '{}' | xargs ${opener}";
      };
    };
  };
}
