{
  cfg,
  lib,
  ...
}:

let
  lines = ''
    ${lib.optionalString cfg.enablePatternsAliases ''
      for pattern_file in $HOME/.config/fabric/patterns/*; do
          pattern_name="$(basename "$pattern_file")"
          alias_name="''${FABRIC_ALIAS_PREFIX:-}''${pattern_name}"

          alias_command="alias $alias_name='fabric --pattern $pattern_name'"

          eval "$alias_command"
      done
    ''}

    ${lib.optionalString cfg.enableYtAlias ''
      yt() {
          if [ "$#" -eq 0 ] || [ "$#" -gt 2 ]; then
              echo "Usage: yt [-t | --timestamps] youtube-link"
              echo "Use the '-t' flag to get the transcript with timestamps."
              return 1
          fi

          transcript_flag="--transcript"
          if [ "$1" = "-t" ] || [ "$1" = "--timestamps" ]; then
              transcript_flag="--transcript-with-timestamps"
              shift
          fi
          local video_link="$1"
          fabric -y "$video_link" $transcript_flag
      }
    ''}
  '';
in
{
  title = "Fabric, which applies patterns of language models";
  docs = "https://github.com/danielmiessler/fabric";

  shells = {
    bash = lines;
    zsh = lines;
  };

  options = {
    enablePatternsAliases = lib.mkEnableOption "an alias for each of Fabric's patterns";
    enableYtAlias = lib.mkEnableOption "the function `yt`, which has the transcript of a video" // {
      default = true;
    };
  };
}
