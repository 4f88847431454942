{
  home.sessionVariables.EDITOR = "emacs";
}
