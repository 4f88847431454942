{
  cfg,
  config,
  exe,
  lib,
  mailAccounts,
  option,
  pkgs,
  types,
  ...
}:

let
  addresses = lib.sort lib.lessThan (
    map (account: account.address) mailAccounts
    ++ map (alias: alias.address or alias) (lib.concatMap (account: account.aliases) mailAccounts)
  );
in
{
  title = "mu, which indexes and searches Maildirs";
  docs = "https://www.djcbsoftware.nl/code/mu/";

  accounts.email.options.mu.enable = lib.mkEnableOption "mu for the account";

  options.home = option types.path "${config.xdg.cacheHome}/mu" "Directory of mu's database." // {
    defaultText = lib.literalExpression ''config.xdg.cacheHome + "/mu"'';
    example = lib.literalExpression ''"''${config.home.homeDirectory}/Maildir/.mu"'';
  };

  config = {
    home.sessionVariables.MUHOME = cfg.home;

    # The database holds the user's addresses: it is made again when they change.
    home.activation.runMuInit = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      MU_SORTED_ADDRS=$((${exe} info store | ${lib.hm.options.tool pkgs "gawk" "gawk"} '/personal-address/{print $4}' | LC_ALL=C sort | paste -sd ' ') || exit 0)
      if [[ ! -d "${cfg.home}" || ! "$MU_SORTED_ADDRS" = "${lib.concatStringsSep " " addresses}" ]]; then
        run ${exe} init --maildir=${config.accounts.email.maildirBasePath} --muhome "${lib.escapeShellArg cfg.home}" ${
          lib.concatMapStringsSep " " (address: "--my-address=${address}") addresses
        } $VERBOSE_ARG;
      fi
    '';
  };
}
