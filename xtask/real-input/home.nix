# A home as people have it: a tree of dotfiles, and programs and services around it. Both this
# project and upstream build it; `change.nix` is the second step.
{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "@homeDirectory@";
  home.stateVersion = "26.05";
  manual.manpages.enable = false;

  home.file.".dotfiles" = { source = ./dotfiles; recursive = true; };
  home.file.".dotfiles-at-once".source = ./dotfiles;
  home.file.".local/bin/hello" = { executable = true; text = "#!/bin/sh\necho hello\n"; };
  home.file.".config/hooked/settings" = {
    text = "one\n";
    onChange = ''echo changed >> "$HOME/hook-ran"'';
  };
  home.file."out-of-store".source = config.lib.file.mkOutOfStoreSymlink "@homeDirectory@/own";

  home.sessionVariables = { EDITOR = "vim"; PAGER = "less -R"; GREETING = "hello $USER"; };
  home.sessionPath = [ "$HOME/.local/bin" ];
  home.shellAliases = { ll = "ls -l"; g = "git"; };
  home.activation.greet = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
    run touch "$HOME/greeted"
  '';

  xdg.enable = true;
  xdg.configFile."app/config.json".source =
    (pkgs.formats.json { }).generate "app.json" { colour = "green"; sizes = [ 1 2 3 ]; nested.on = true; };
  xdg.configFile."app/config.toml".source =
    (pkgs.formats.toml { }).generate "app.toml" { title = "x"; section = { a = 1; b = [ "c" ]; }; };
  xdg.dataFile."app/notes.txt".text = "notes\n";
  xdg.mimeApps = {
    enable = true;
    defaultApplications = { "text/plain" = [ "vim.desktop" ]; "text/html" = "firefox.desktop"; };
    associations.added."image/png" = [ "feh.desktop" ];
  };
  xdg.userDirs = { enable = true; createDirectories = false; music = "@homeDirectory@/audio"; };
  xdg.stateFile."app/state".text = "state
";
  xdg.systemDirs.data = [ "/opt/share" ];

  systemd.user.sessionVariables.FROM_UNIT = "yes";
  systemd.user.services.sync = {
    Unit.Description = "Synchronise";
    Service = { ExecStart = "/bin/true"; Environment = [ "A=1" "B=2" ]; };
    Install.WantedBy = [ "default.target" ];
  };
  systemd.user.timers.sync = {
    Unit.Description = "Synchronise now and then";
    Timer.OnCalendar = "daily";
    Install.WantedBy = [ "timers.target" ];
  };

  programs.git = {
    enable = true;
    package = null;
    settings = {
      user = { name = "Alice"; email = "alice@example.org"; };
      init.defaultBranch = "main";
      alias.st = "status";
      url."git@example.org:".insteadOf = "https://example.org/";
    };
    ignores = [ "*.swp" "result" ];
    includes = [{ path = "~/.config/git/local"; condition = "gitdir:~/work/"; }];
  };
  programs.bash = {
    enable = true;
    package = null;
    enableCompletion = false;
    historyControl = [ "ignoredups" ];
    shellOptions = [ "histappend" "globstar" ];
    initExtra = "set -o vi";
    sessionVariables.BASH_ONLY = "1";
  };
  programs.zsh = {
    enable = true;
    dotDir = "@homeDirectory@/.config/zsh";
    history = { size = 5000; ignoreDups = true; };
    shellAliases.z = "zsh";
    initContent = "setopt autocd";
    autosuggestion.enable = false;
    enableCompletion = true;
  };
  programs.fish = {
    enable = true;
    generateCompletions = false;
    shellAbbrs.gs = "git status";
    functions.greet.body = "echo hello $argv";
    interactiveShellInit = "set -g fish_greeting";
  };
  programs.ssh = {
    enable = true;
    enableDefaultConfig = false;
    matchBlocks = {
      "*".forwardAgent = false;
      work = { hostname = "work.example.org"; user = "alice"; port = 2222; };
    };
  };
  programs.readline = {
    enable = true;
    variables.editing-mode = "vi";
    bindings."\\C-h" = "backward-kill-word";
  };
  programs.tmux = {
    enable = true;
    keyMode = "vi";
    terminal = "screen-256color";
    historyLimit = 10000;
    extraConfig = "set -g mouse on";
  };
  programs.vim = {
    enable = true;
    # The stand-in for nixpkgs has no vim that can be customised: this one keeps what it is given.
    packageConfigurable = pkgs.vim // {
      customize = { vimrcConfig, ... }: pkgs.writeTextDir "share/vimrc" vimrcConfig.customRC;
    };
    settings = { number = true; tabstop = 4; };
    extraConfig = "syntax on";
  };
  programs.direnv = { enable = true; nix-direnv.enable = false; };
  programs.starship = { enable = true; settings = { add_newline = false; character.success_symbol = ">"; }; };
  programs.fzf = { enable = true; defaultOptions = [ "--height 40%" "--border" ]; };
  programs.bat = { enable = true; config = { theme = "TwoDark"; pager = "less -FR"; }; };
  programs.alacritty = { enable = true; settings = { window.opacity = 0.9; font.size = 11; }; };
}
