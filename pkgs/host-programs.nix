# Programs that the host has: packages whose `bin` holds links to them.
{ lib, self }:

let
  inherit (self.hostBuilders) hostPath shDerivation withSteps;

  # A package has those of its programs that the host has; without the first it is not
  # built.
  hostPackage =
    pname: programs:
    shDerivation
      ''
        PATH=${hostPath}; export PATH
        mkdir -p "$out/bin"
        for program in $programs; do
          if found=$(command -v "$program") && [ "''${found#/}" != "$found" ]; then
            ln -s "$found" "$out/bin/$program"
          fi
        done
        set -- $programs
        if [ ! -L "$out/bin/$1" ]; then
          echo "The program $1 is needed, and this machine does not have it." >&2
          echo "Install it, or use the packages of nixpkgs." >&2
          exit 1
        fi
      ''
      (
        withSteps "programs ${hostPath} ${lib.escapeShellArgs programs}\n" {
          name = "host-${pname}";
          inherit programs;
          passthru = {
            inherit pname;
            version = "host";
          };
          meta = {
            mainProgram = builtins.head programs;
            description = "Links to the programs of this machine";
            # A real package of the same programs goes before.
            priority = 10;
          };
        }
      );

  bash =
    hostPackage "bash" [
      "bash"
      "sh"
    ]
    // {
      shellPath = "/bin/bash";
    };
in
{
  inherit hostPackage bash;

  bashInteractive = bash;
  bashNonInteractive = bash;

  # A path, not only a word for a shebang line: it may be quoted, and be a program's
  # argument.
  runtimeShell = "${bash}/bin/bash";

  coreutils = hostPackage "coreutils" [
    "ls"
    "basename"
    "cat"
    "chmod"
    "chown"
    "cksum"
    "comm"
    "cp"
    "cut"
    "date"
    "dd"
    "df"
    "dirname"
    "du"
    "echo"
    "env"
    "expand"
    "expr"
    "false"
    "fold"
    "head"
    "id"
    "install"
    "join"
    "kill"
    "link"
    "ln"
    "logname"
    "md5sum"
    "mkdir"
    "mkfifo"
    "mktemp"
    "mv"
    "nice"
    "nl"
    "nohup"
    "nproc"
    "od"
    "paste"
    "pathchk"
    "printenv"
    "printf"
    "pwd"
    "readlink"
    "realpath"
    "rm"
    "rmdir"
    "seq"
    "sha1sum"
    "sha256sum"
    "sha512sum"
    "shuf"
    "sleep"
    "sort"
    "split"
    "stat"
    "stty"
    "sync"
    "tac"
    "tail"
    "tee"
    "test"
    "timeout"
    "touch"
    "tr"
    "true"
    "truncate"
    "tsort"
    "tty"
    "uname"
    "unexpand"
    "uniq"
    "unlink"
    "users"
    "wc"
    "who"
    "whoami"
    "yes"
  ];
  diffutils = hostPackage "diffutils" [
    "cmp"
    "diff"
    "diff3"
    "sdiff"
  ];
  findutils = hostPackage "findutils" [
    "find"
    "xargs"
  ];
  gawk = hostPackage "gawk" [
    "awk"
    "gawk"
  ];
  getconf = hostPackage "getconf" [ "getconf" ];
  gettext = hostPackage "gettext" [
    "gettext"
    "envsubst"
    "gettext.sh"
    "ngettext"
  ];
  gnugrep = hostPackage "gnugrep" [
    "grep"
    "egrep"
    "fgrep"
  ];
  gnused = hostPackage "gnused" [ "sed" ];
  gnutar = hostPackage "gnutar" [ "tar" ];
  gzip = hostPackage "gzip" [
    "gzip"
    "gunzip"
    "zcat"
  ];
  hostname = hostPackage "hostname" [ "hostname" ];
  inetutils = hostPackage "inetutils" [ "hostname" ];
  jq = hostPackage "jq" [ "jq" ];
  less = hostPackage "less" [
    "less"
    "lessecho"
    "lesskey"
  ];
  ncurses = hostPackage "ncurses" [
    "tput"
    "clear"
    "infocmp"
    "reset"
    "tic"
    "toe"
    "tset"
  ];
  procps = hostPackage "procps" [
    "ps"
    "free"
    "pgrep"
    "pkill"
    "pidof"
    "top"
    "uptime"
    "watch"
  ];
  systemd = hostPackage "systemd" [
    "systemctl"
    "busctl"
    "journalctl"
    "loginctl"
    "systemd-analyze"
    "systemd-cat"
    "systemd-run"
    "systemd-tmpfiles"
  ];
  util-linux = hostPackage "util-linux" [
    "flock"
    "column"
    "findmnt"
    "hexdump"
    "logger"
    "look"
    "mount"
    "rev"
    "setsid"
    "umount"
  ];
}
