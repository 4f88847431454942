# A package with one desktop entry, for package sets that have no `makeDesktopItem`.
{ lib, pkgs }:

{
  name,
  desktopName,
  type,
  exec,
  icon,
  comment,
  terminal,
  genericName,
  startupNotify,
  noDisplay,
  prefersNonDefaultGPU,
  actions,
  mimeTypes,
  categories,
  extraConfig,
}:

let
  inherit (builtins) attrNames isBool isList;

  show =
    value:
    if isBool value then
      lib.boolToString value
    else if isList value then
      lib.concatMapStrings (one: "${one};") value
    else
      toString value;

  section =
    title: keys:
    let
      kept = lib.filterAttrs (_key: value: value != null && value != [ ]) keys;
    in
    "[${title}]\n" + lib.concatMapStrings (key: "${key}=${show kept.${key}}\n") (attrNames kept);

  main = section "Desktop Entry" (
    {
      Version = "1.5";
      Type = type;
      Name = desktopName;
      GenericName = genericName;
      Comment = comment;
      Icon = icon;
      Exec = exec;
      Terminal = terminal;
      NoDisplay = noDisplay;
      StartupNotify = startupNotify;
      PrefersNonDefaultGPU = prefersNonDefaultGPU;
      MimeType = mimeTypes;
      Categories = categories;
      Actions = attrNames actions;
    }
    // extraConfig
  );

  ofAction =
    id: action:
    "\n"
    + section "Desktop Action ${id}" {
      Name = action.name;
      Exec = action.exec;
      Icon = action.icon;
    };
in
pkgs.writeTextFile {
  name = "${name}.desktop";
  destination = "/share/applications/${name}.desktop";
  text = main + lib.concatStrings (lib.mapAttrsToList ofAction actions);
}
