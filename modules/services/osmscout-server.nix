{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "OSM Scout Server, which serves maps";
  docs = "https://rinigus.github.io/osmscout-server/";
  linuxOnly = true;

  options.network = {
    startWhenNeeded = option types.bool true "Whether it starts when the first program asks.";
    listenAddress = option types.str "127.0.0.1" "The address where programs ask, if it starts when they do.";
    port = option types.port 8553 "The port where programs ask, if it starts when they do.";
  };

  unit = {
    Unit.Description = "OSM Scout Server";
    Install = lib.mkIf (!cfg.network.startWhenNeeded) { WantedBy = [ "default.target" ]; };
    Service.ExecStart = "'${bin "osmscout-server"}' --systemd --quiet";
  };

  config.systemd.user.sockets.osmscout-server = lib.mkIf cfg.network.startWhenNeeded {
    Unit.Description = "OSM Scout Server Socket";
    Socket = {
      ListenStream = "${cfg.network.listenAddress}:${toString cfg.network.port}";
      TriggerLimitIntervalSec = "60s";
      TriggerLimitBurst = 1;
    };
    Install.WantedBy = [ "sockets.target" ];
  };
}
