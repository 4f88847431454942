{
  config,
  lib,
  pkgs,
  types,
  ...
}:

let
  file = name: example: {
    format = "ini";
    type = types.submodule { freeformType = (pkgs.formats.ini { }).type; };
    storeName = "aws-${name}-${config.home.username}";
    home = ".aws/${name}";
    inherit example;
  };
in
{
  title = "the command line program of AWS";
  docs = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html";
  package = "awscli2";

  files = {
    settings = file "config" { default.region = "eu-west-3"; };
    credentials = file "credentials" { default.credential_process = "pass show aws"; };
  };
}
