{
  title = "piston-cli, which runs code elsewhere";
  docs = "https://github.com/Shivansh-007/piston-cli";

  files.settings = {
    format = "yaml";
    xdg = "piston-cli/config.yml";
    example = {
      theme = "emacs";
      prompt_start = ">>>";
    };
  };
}
