{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  inherit (lib) concatStringsSep mapAttrsToList optionalString;
  inherit (lib.hm.booleans) yesNo;

  quote = lib.escape [ ''"'' ];
  required = type: description: lib.mkOption { inherit type description; };

  networkText = name: network: ''
    ${name} = {
      type = "${network.type}";
      nick = "${quote network.nick}";
      autosendcmd = "${lib.concatMapStringsSep ";" quote network.autoCommands}";
      ${optionalString network.saslExternal ''
        sasl_username = "${quote network.nick}";
          sasl_mechanism = "EXTERNAL";''}
    };
  '';

  serverText =
    name:
    { server, ... }:
    ''
      {
        chatnet = "${name}";
        address = "${server.address}";
        port = "${toString server.port}";
        use_ssl = "${yesNo server.ssl.enable}";
        ssl_verify = "${yesNo server.ssl.verify}";
        autoconnect = "${yesNo server.autoConnect}";
        ${optionalString (server.ssl.certificateFile != null) ''
          ssl_cert = "${server.ssl.certificateFile}";
        ''}
      }
    '';

  channelTexts =
    name: network:
    mapAttrsToList (channelName: channel: ''
      {
        chatnet = "${name}";
        name = "${channelName}";
        autojoin = "${yesNo channel.autoJoin}";
      }
    '') network.channels;

  network =
    { name, ... }:
    {
      options = {
        name = option types.str name "Name of the network." // {
          visible = false;
        };
        nick = required types.str "Name of the user.";
        type = option types.str "IRC" "Type of the network.";
        autoCommands = option (types.listOf types.str) [ ] "Commands after the connection.";

        server = {
          address = required types.str "Address of the server.";
          port = option types.port 6667 "Port of the server.";
          ssl = {
            enable = option types.bool true "Whether the connection is encrypted.";
            verify = option types.bool true "Whether the server's certificate is verified.";
            certificateFile = option (types.nullOr types.path) null "File with the client's certificate and its key.";
          };
          autoConnect = option types.bool false "Whether irssi connects when it starts.";
        };

        channels = option (types.attrsOf (
          types.submodule {
            options = {
              name = option (types.nullOr types.str) null "Name of the channel." // {
                visible = false;
              };
              autoJoin = option types.bool false "Whether irssi joins the channel after the connection.";
            };
          }
        )) { } "Channels by name.";

        saslExternal = option types.bool false "Whether the client's certificate identifies the user, by SASL.";
      };
    };
in
{
  title = "irssi, a chat client for the terminal";
  docs = "https://irssi.org/documentation/settings/";

  options = {
    extraConfig = option types.lines "" "Further lines of {file}`~/.irssi/config`. See <https://irssi.org/documentation/settings/>.";

    aliases = option (types.attrsOf types.str) { } "Commands by the alias that stands for them." // {
      example.J = "join";
    };

    networks = option (types.attrsOf (types.submodule network)) { } "Networks by name." // {
      example.liberachat = {
        nick = "alice";
        server = {
          address = "irc.libera.chat";
          port = 6697;
          autoConnect = true;
        };
        channels.nixos.autoJoin = true;
      };
    };
  };

  config.home.file.".irssi/config".text = ''
    settings = {
      core = {
        settings_autosave = "no";
      };
    };

    aliases = {
    ${concatStringsSep "\n" (
      mapAttrsToList (name: command: "  ${name} = \"${quote command}\";") cfg.aliases
    )}
    };

    chatnets = {
    ${concatStringsSep "\n" (mapAttrsToList networkText cfg.networks)}
    };

    servers = (
    ${concatStringsSep ",\n" (mapAttrsToList serverText cfg.networks)}
    );

    channels = (
    ${concatStringsSep ",\n" (lib.concatLists (mapAttrsToList channelTexts cfg.networks))}
    );

    ${cfg.extraConfig}
  '';
}
