{
  config,
  pkgs,
  types,
  ...
}:

let
  file = name: key: example: {
    format = "yaml";
    type = types.submodule { freeformType = (pkgs.formats.yaml { }).type; };
    storeName = "openstackclient-${name}-yaml-${config.home.username}";
    xdg = "openstack/${name}.yaml";
    always = true;
    prepare = clouds: { ${key} = clouds; };
    inherit example;
  };
in
{
  title = "OpenStack's command line client";
  docs = "https://docs.openstack.org/python-openstackclient/latest/configuration/";

  files = {
    clouds = file "clouds" "clouds" { my-infra.cloud = "example-cloud"; };
    publicClouds = file "clouds-public" "public-clouds" {
      example-cloud.auth.auth_url = "https://identity.cloud.example.com/v2.0";
    };
  };
}
