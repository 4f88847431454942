# The package as it is installed.
{
  lib,
  pkgs,
  cfg,
  moduleName,
  isDarwin,
  isWrapped,
}:

let
  inherit (cfg) package;
  settings = { inherit (cfg) enableGnomeExtensions; };
  browserName = package.browserName or (builtins.parseDrvName package.name).name;

  # macOS also reads policies from its defaults.
  losesPolicies = cfg.policies != { } && (!isDarwin || cfg.darwinDefaultsId == null);
in
if package == null then
  null
else if !isWrapped then
  (pkgs.wrapFirefox.override { config.${browserName} = settings; }) package { }
else if lib.functionArgs package.override ? cfg then
  package.override (old: {
    cfg = old.cfg or { } // settings;
    extraPolicies = old.extraPolicies or { } // cfg.policies;
    pkcs11Modules = old.pkcs11Modules or [ ] ++ cfg.pkcs11Modules;
  })
else
  lib.warnIf (losesPolicies || cfg.pkcs11Modules != [ ] || cfg.enableGnomeExtensions)
    "${moduleName}: '${browserName}' cannot be reconfigured; 'policies', 'pkcs11Modules', and 'enableGnomeExtensions' will not be applied."
    package
