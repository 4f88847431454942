{ lib, types, ... }:

{
  title = "waylogout, a menu that ends the session";
  docs = "https://github.com/loserMcloser/waylogout";
  linuxOnly = true;

  files.settings = {
    format = "text";
    type = types.attrsOf (
      types.oneOf [
        types.bool
        types.float
        types.int
        types.path
        types.str
      ]
    );
    default = { };
    empty = { };
    text =
      settings:
      lib.concatStrings (
        lib.mapAttrsToList (name: value: if value == true then "${name}\n" else "${name}=${toString value}\n") (
          lib.filterAttrs (_name: value: value != false) settings
        )
      );
    xdg = "waylogout/config";
    example = {
      poweroff-command = "systemctl poweroff";
      screenshots = true;
    };
  };
}
