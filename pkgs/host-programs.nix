# Programs that the host has: packages whose `bin` holds links to them.
{ lib, self }:

let
  inherit (self.hostBuilders) hostPath shDerivation withSteps;

  words = text: lib.filter (word: word != "") (lib.splitString " " (lib.replaceStrings [ "\n" ] [ " " ] text));

  # A package has those of its programs that the host has; without the first it is not
  # built.
  hostPackage =
    pname: programs:
    shDerivation
      ''
        PATH=${hostPath}; export PATH
        mkdir -p "$out/bin"
        # The shell's builtins hide files of the same name from `command -v`.
        for program in $programs; do
          IFS=:
          for directory in $PATH; do
            if [ -f "$directory/$program" ] && [ -x "$directory/$program" ]; then
              ln -s "$directory/$program" "$out/bin/$program"
              break
            fi
          done
          unset IFS
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

  coreutils = hostPackage "coreutils" (words ''
    ls [ b2sum base32 base64 basename basenc cat chcon chgrp chmod chown chroot cksum comm cp
    csplit cut date dd df dir dircolors dirname du echo env expand expr factor false fmt fold
    groups head hostid id install join kill link ln logname md5sum mkdir mkfifo mknod mktemp
    mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink
    realpath rm rmdir runcon seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf
    sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr true
    truncate tsort tty uname unexpand uniq unlink uptime users vdir wc who whoami yes
  '');
  diffutils = hostPackage "diffutils" (words "cmp diff diff3 sdiff");
  findutils = hostPackage "findutils" (words "find locate updatedb xargs");
  gawk = hostPackage "gawk" (words "awk gawk");
  getconf = hostPackage "getconf" (words "getconf");
  gettext = hostPackage "gettext" (words ''
    gettext autopoint envsubst gettext.sh gettextize msgattrib msgcat msgcmp msgcomm msgconv
    msgen msgexec msgfilter msgfmt msggrep msginit msgmerge msgunfmt msguniq ngettext
    recode-sr-latin xgettext
  '');
  gnugrep = hostPackage "gnugrep" (words "grep egrep fgrep");
  gnused = hostPackage "gnused" (words "sed");
  gnutar = hostPackage "gnutar" (words "tar");
  gzip = hostPackage "gzip" (words ''
    gzip gunzip gzexe uncompress zcat zcmp zdiff zegrep zfgrep zforce zgrep zless zmore znew
  '');
  hostname = hostPackage "hostname" (words "hostname");
  inetutils = hostPackage "inetutils" (words ''
    hostname dnsdomainname ftp ifconfig logger ping telnet tftp traceroute whois
  '');
  jq = hostPackage "jq" (words "jq");
  less = hostPackage "less" (words "less lessecho lesskey");
  ncurses = hostPackage "ncurses" (words "tput captoinfo clear infocmp infotocap reset tabs tic toe tset");
  procps = hostPackage "procps" (words ''
    ps free kill pgrep pidof pidwait pkill pmap pwdx slabtop snice sysctl tload top uptime
    vmstat w watch
  '');
  systemd = hostPackage "systemd" (words ''
    systemctl busctl coredumpctl hostnamectl journalctl localectl loginctl networkctl oomctl
    portablectl resolvectl systemd-analyze systemd-ask-password systemd-cat systemd-cgls
    systemd-cgtop systemd-creds systemd-cryptenroll systemd-delta systemd-detect-virt
    systemd-dissect systemd-escape systemd-id128 systemd-inhibit systemd-machine-id-setup
    systemd-mount systemd-notify systemd-nspawn systemd-path systemd-run
    systemd-socket-activate systemd-stdio-bridge systemd-sysext systemd-sysusers
    systemd-tmpfiles systemd-tty-ask-password-agent systemd-umount timedatectl userdbctl
  '');
  util-linux = hostPackage "util-linux" (words ''
    flock blkid cal chrt choom col colcrt colrm column dmesg eject fallocate findmnt getopt
    hardlink hexdump i386 ionice ipcmk ipcrm ipcs isosize last linux32 linux64 logger look
    losetup lsblk lscpu lsfd lsipc lsirq lslocks lslogins lsmem lsns mcookie more mount
    mountpoint namei nsenter prlimit rename renice rev script scriptlive scriptreplay setarch
    setpriv setsid setterm taskset uclampset ul umount unshare utmpdump uuidgen uuidparse wall
    wdctl whereis write
  '');
}
