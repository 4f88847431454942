{ lib, types, ... }:

{
  title = "noti, which tells when a command is done";
  docs = "https://github.com/variadico/noti/blob/main/docs/man/noti.yaml.5.md";

  files.settings = {
    format = "text";
    type = types.attrsOf (types.attrsOf types.str);
    default = { };
    empty = { };
    text = lib.generators.toYAML { };
    xdg = "noti/noti.yaml";
    example.say.voice = "Alex";
  };
}
