# Conditions on the extensions of a profile: that replacing their data is wanted, and that they
# ask for no other permissions than were allowed.
{
  lib,
  extensions,
  profilePath,
}:

let
  option = lib.showOption profilePath;

  replacesData =
    lib.any (extension: extension.settings != { } && !extension.force) (
      lib.attrValues extensions.settings
    );

  permissionAssertion =
    {
      addonId ? null,
      name,
      meta,
      ...
    }:
    let
      id = if addonId != null then addonId else name;
      permissions = extensions.settings.${id}.permissions or null;
      allowed = lib.optionals (permissions != null) permissions;
      missing = lib.subtractLists allowed meta.mozPermissions;
      redundant = lib.subtractLists meta.mozPermissions allowed;
      exact = extensions.exactPermissions;

      problem =
        if exact && missing != [ ] && redundant != [ ] then
          ''
            Extension ${id} requests permissions that weren't
            authorized: ${builtins.toJSON missing}.
            Additionally, the following permissions were authorized,
            but extension ${id} did not request them:
            ${builtins.toJSON redundant}.
            Consider adjusting the permissions in''
        else if exact && redundant != [ ] then
          ''
            The following permissions were authorized, but extension
            ${id} did not request them: ${builtins.toJSON redundant}.
            Consider removing the redundant permissions from''
        else
          ''
            Extension ${id} requests permissions that weren't
            authorized: ${builtins.toJSON missing}.
            Consider adding the missing permissions to'';
    in
    {
      assertion =
        (!extensions.exhaustivePermissions && permissions == null)
        || (missing == [ ] && (exact -> redundant == [ ]));
      message = ''
        ${problem}
        '${
          lib.showAttrPath (
            profilePath
            ++ [
              "extensions"
              id
            ]
          )
        }.permissions'.
      '';
    };

  packageAssertion =
    id: extension:
    let
      packages = lib.filter (package: package.addonId or package.name == id) extensions.packages;
    in
    {
      assertion = extension.permissions == null || lib.length packages == 1;
      message = ''
        Must have exactly one extension with addonId '${id}'
        in '${option}.extensions.packages' but found ${toString (lib.length packages)}.
      '';
    };
in
[
  {
    assertion = !replacesData || extensions.force;
    message = ''
      Using '${option}.extensions.settings' will override all
      previous extensions settings. Enable either
      '${option}.extensions.force' or the corresponding
      '${option}.extensions.settings.<extensionId>.force'
      to acknowledge this.
    '';
  }
]
++ map permissionAssertion extensions.packages
++ lib.mapAttrsToList packageAssertion extensions.settings
