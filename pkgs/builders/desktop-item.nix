# Desktop entries: files by which desktops find programs.
{ lib, self }:

let
  inherit (builtins) attrNames concatStringsSep isBool isList;

  # A value as the specification writes it, or null if the key is left out.
  render =
    value:
    if isBool value then
      lib.boolToString value
    else if isList value then
      (if value == [ ] then null else "${concatStringsSep ";" value};")
    else
      value;

  section =
    name: keys:
    concatStringsSep "\n" (
      [ "[${name}]" ]
      ++ lib.mapAttrsToList (key: value: "${key}=${toString value}") (
        lib.filterAttrs (_key: value: value != null) (lib.mapAttrs (_key: render) keys)
      )
    );

  action =
    name: given:
    section "Desktop Action ${name}" {
      Name = given.name;
      Icon = given.icon or null;
      Exec = given.exec or null;
    };
in
{
  makeDesktopItem = lib.makeOverridable (
    {
      name,
      desktopName,
      destination ? "/share/applications",
      type ? "Application",
      genericName ? null,
      noDisplay ? null,
      comment ? null,
      icon ? null,
      onlyShowIn ? [ ],
      notShowIn ? [ ],
      dbusActivatable ? null,
      tryExec ? null,
      exec ? null,
      path ? null,
      terminal ? null,
      actions ? { },
      mimeTypes ? [ ],
      categories ? [ ],
      implements ? [ ],
      keywords ? [ ],
      startupNotify ? null,
      startupWMClass ? null,
      url ? null,
      prefersNonDefaultGPU ? null,
      singleMainWindow ? null,
      extraConfig ? { },
    }:
    self.writeTextFile {
      name = "${name}.desktop";
      destination = "${destination}/${name}.desktop";
      text =
        concatStringsSep "\n\n" (
          [
            (section "Desktop Entry" (
              {
                Type = type;
                Version = "1.5";
                Name = desktopName;
                GenericName = genericName;
                NoDisplay = noDisplay;
                Comment = comment;
                Icon = icon;
                OnlyShowIn = onlyShowIn;
                NotShowIn = notShowIn;
                DBusActivatable = dbusActivatable;
                TryExec = tryExec;
                Exec = exec;
                Path = path;
                Terminal = terminal;
                Actions = attrNames actions;
                MimeType = mimeTypes;
                Categories = categories;
                Implements = implements;
                Keywords = keywords;
                StartupNotify = startupNotify;
                StartupWMClass = startupWMClass;
                URL = url;
                PrefersNonDefaultGPU = prefersNonDefaultGPU;
                SingleMainWindow = singleMainWindow;
              }
              // extraConfig
            ))
          ]
          ++ lib.mapAttrsToList action actions
        )
        + "\n";
    }
  );
}
