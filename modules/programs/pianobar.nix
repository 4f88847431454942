{
  lib,
  pkgs,
  types,
  ...
}:

let
  required = example: description: lib.mkOption {
    type = types.nonEmptyStr;
    inherit example description;
  };
in
{
  title = "pianobar, a client of Pandora for the terminal";
  docs = "https://github.com/PromyLOPh/pianobar";

  files.settings = {
    format = "keyValue";
    type = types.submodule {
      freeformType = (pkgs.formats.keyValue { }).type;
      options = {
        user = required "alice@example.com" "Name of the user.";
        password_command = required "cat /run/secrets/pianobar" "Command that prints the password.";
      };
    };
    storeName = "pianobar-config";
    xdg = "pianobar/config";
    example = {
      user = "alice@example.com";
      password_command = "cat /run/secrets/pianobar";
    };
  };
}
