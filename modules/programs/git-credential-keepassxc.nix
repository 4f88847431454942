{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  groups =
    if cfg.groups == null then
      "--git-groups"
    else
      lib.concatMapStringsSep " " (group: "--group ${group}") cfg.groups;

  helper.helper = "${
    if cfg.package == null then "keepassxc" else "${cfg.package}/bin/git-credential-keepassxc"
  } ${groups}";
in
{
  title = "git-credential-keepassxc, which passes passwords of KeePassXC to git";
  docs = "https://github.com/Frederick888/git-credential-keepassxc";

  options = {
    groups = option (types.nullOr (types.listOf types.str)) null "Groups whose entries are passed; those that are for git if null." // {
      example = "Git";
    };
    hosts = option (types.listOf types.str) [ ] "Hosts that it is used for; all if empty." // {
      example = [ "https://github.com" ];
    };
  };

  config.programs.git.settings.credential =
    if cfg.hosts == [ ] then helper else lib.genAttrs cfg.hosts (_host: helper);
}
