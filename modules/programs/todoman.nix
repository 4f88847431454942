{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

{
  title = "todoman, a list of tasks in calendars";
  docs = "https://todoman.readthedocs.io/en/stable/configure.html";

  options = {
    glob = option types.str "*" "Pattern of the directories of lists, below {option}`accounts.calendar.basePath`." // {
      example = "*/*";
    };

    extraConfig =
      option types.lines "" ''
        Further lines of {file}`$XDG_CONFIG_HOME/todoman/config.py`. See
        <https://todoman.readthedocs.io/en/stable/configure.html>.
      ''
      // {
        example = ''
          date_format = "%Y-%m-%d"
          default_list = "Personal"
        '';
      };
  };

  config = {
    assertions = [
      {
        assertion = config.accounts.calendar ? basePath;
        message = ''
          A base directory for calendars must be specified via
          `accounts.calendar.basePath` to generate config for todoman
        '';
      }
    ];

    xdg.configFile."todoman/config.py".text = lib.concatLines [
      ''path = "${config.accounts.calendar.basePath}/${cfg.glob}"''
      cfg.extraConfig
    ];
  };
}
