{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.targets.darwin;

  file = pkgs.writeText "DefaultKeybinding.dict" (
    lib.generators.toPlist { escape = true; } cfg.keybindings
  );
in
{
  options.targets.darwin.keybindings = lib.mkOption {
    type = lib.types.attrsOf lib.types.anything;
    default = { };
    example = {
      "^u" = "deleteToBeginningOfLine:";
      "^w" = "deleteWordBackward:";
    };
    description = "Keys of text fields, with what they do: {file}`~/Library/KeyBindings/DefaultKeyBinding.dict`.";
  };

  config = lib.mkIf (cfg.keybindings != { }) {
    assertions = [
      (lib.hm.assertions.assertPlatform "targets.darwin.keybindings" pkgs lib.platforms.darwin)
    ];

    home.activation.setCocoaKeybindings = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      verboseEcho "Configuring keybindings for the Cocoa Text System"
      run install -Dm644 $VERBOSE_ARG \
        "${file}" "${config.home.homeDirectory}/Library/KeyBindings/DefaultKeyBinding.dict"
    '';
  };
}
