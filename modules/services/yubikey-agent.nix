{
  bin,
  lib,
  pkgs,
  ...
}:

let
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  darwinSocket = "/tmp/yubikey-agent.sock";
  socket = "%t/yubikey-agent/yubikey-agent.sock";
  shellSocket =
    if isDarwin then
      darwinSocket
    else
      "\${XDG_RUNTIME_DIR:-/run/user/$UID}/yubikey-agent/yubikey-agent.sock";
in
{
  title = "yubikey-agent, an agent of SSH for YubiKeys";
  docs = "https://github.com/FiloSottile/yubikey-agent";

  unit = {
    Unit = {
      Description = "Seamless ssh-agent for YubiKeys";
      Documentation = "https://github.com/FiloSottile/yubikey-agent";
      Requires = "yubikey-agent.socket";
      After = "yubikey-agent.socket";
      RefuseManualStart = true;
    };
    Service = {
      ExecStart = "${bin "yubikey-agent"} -l ${socket}";
      Type = "simple";
      ReadWritePaths = [ "%t" ];
    };
  };

  config = {
    sshAuthSock = {
      enable = true;
      systemd.socketProviderUnit = "yubikey-agent.socket";
      initialization = {
        bash = ''export SSH_AUTH_SOCK="${shellSocket}"'';
        fish = ''set -x SSH_AUTH_SOCK "${shellSocket}"'';
        nushell = "$env.SSH_AUTH_SOCK = ${
          if isDarwin then
            darwinSocket
          else
            ''$"($env.XDG_RUNTIME_DIR | default $"/run/user/(id -u)")/yubikey-agent/yubikey-agent.sock"''
        }";
      };
    };

    systemd.user.sockets.yubikey-agent = {
      Unit = {
        Description = "Unix domain socket for Yubikey SSH agent";
        Documentation = "https://github.com/FiloSottile/yubikey-agent";
      };
      Socket = {
        ListenStream = socket;
        RuntimeDirectory = "yubikey-agent";
        SocketMode = "0600";
        DirectoryMode = "0700";
      };
      Install.WantedBy = [ "sockets.target" ];
    };

    launchd.agents.yubikey-agent = {
      enable = true;
      config = {
        ProgramArguments = [
          (bin "yubikey-agent")
          "-l"
          darwinSocket
        ];
        KeepAlive = {
          Crashed = true;
          SuccessfulExit = false;
        };
        ProcessType = "Background";
        Sockets.Listener = {
          SockPathName = darwinSocket;
          # 0600 in decimal.
          SockPathMode = 384;
        };
      };
    };
  };
}
