# Whether fonts of packages are found.
{ config, lib, ... }:

{
  options.fonts.fontconfig.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether fontconfig looks for fonts in the installed packages.";
  };

  config = lib.mkIf config.fonts.fontconfig.enable {
    xdg.configFile."fontconfig/conf.d/10-hm-fonts.conf".text = ''
      <?xml version="1.0"?>
      <!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
      <fontconfig>
        <dir>${config.home.path}/share/fonts</dir>
        <dir>${config.home.profileDirectory}/share/fonts</dir>
      </fontconfig>
    '';
  };
}
