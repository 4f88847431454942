{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  given = lib.filterAttrsRecursive (_name: value: value != null);

  # An option that is left out of the file while it is null.
  optional = type: option (types.nullOr type) null;
  flag = optional types.bool;
  text = optional types.str;
  number = optional types.ints.unsigned;
  section = options: optional (types.submodule { inherit options; });

  # What macchina shows, by the name that a theme's `keys` have for it.
  readouts = {
    host = "Host";
    machine = "Machine";
    kernel = "Kernel";
    distro = "Distribution";
    os = "OperatingSystem";
    de = "DesktopEnvironment";
    wm = "WindowManager";
    resolution = "Resolution";
    backlight = "Backlight";
    packages = "Packages";
    local_ip = "LocalIP";
    terminal = "Terminal";
    shell = "Shell";
    uptime = "Uptime";
    cpu = "Processor";
    cpu_load = "ProcessorLoad";
    memory = "Memory";
    battery = "Battery";
    gpu = "GPU";
    disk_space = "DiskSpace";
  };

  theme = types.submodule {
    options = {
      spacing = number "Columns between a key and its value.";
      padding = number "Columns before the keys.";
      hide_ascii = flag "Whether there is no picture.";
      prefer_small_ascii = flag "Whether the picture is a small one.";
      separator = text "Text between a key and its value.";
      key_color = text "Color of the keys.";
      separator_color = text "Color of the separator.";

      palette = section {
        type = optional (types.enum [
          "Dark"
          "Light"
          "Full"
        ]) "Which colors are shown.";
        glyph = text "The character that is shown in each color.";
        visible = flag "Whether there is a palette.";
        spacing = optional types.int "Columns between the characters.";
      } "The palette of the terminal's colors.";

      bar = section {
        glyph = text "The character that bars are made of.";
        symbol_open = text "The character before a bar.";
        symbol_close = text "The character after a bar.";
        visible = flag "Whether there are bars instead of numbers.";
        hide_delimiters = flag "Whether there are no characters around bars.";
      } "Bars.";

      box = section {
        title = text "Title of the box.";
        border = optional (types.enum [
          "plain"
          "thick"
          "rounded"
          "double"
        ]) "Border of the box.";
        visible = flag "Whether there is a box.";
        inner_margin = section {
          x = number "Columns.";
          y = number "Lines.";
        } "Space between the box and its contents.";
      } "The box around it all.";

      custom_ascii = section {
        color = text "Color of the picture.";
        path = optional (types.either types.str types.path) "A file with the picture.";
      } "A picture of one's own.";

      randomize = section {
        key_color = flag "Whether keys have any color.";
        separator_color = flag "Whether separators have any color.";
        pool = optional (types.enum [
          "hexadecimal"
          "indexed"
          "base"
        ]) "Which colors there are.";
      } "Random colors.";

      keys = section (lib.mapAttrs (_key: readout: text "What stands for ${readout}.") readouts) "Names of what is shown.";
    };
  };

  settings = given cfg.settings;
in
{
  title = "macchina, which shows facts about the system";
  docs = "https://github.com/Macchina-CLI/macchina/wiki";

  options = {
    settings = {
      interface = text "The network interface whose address is shown.";
      long_uptime = flag "Whether the time since the start is in full words.";
      long_shell = flag "Whether the shell is shown with its path.";
      long_kernel = flag "Whether the kernel is shown with the name of the system.";
      current_shell = flag "Whether the shell is the running one, and not the one of the user.";
      physical_cores = flag "Whether real cores are counted.";
      disks = optional (types.listOf types.str) "Where the file systems are mounted whose use is shown." // {
        example = [ "/" ];
      };
      disk_space_percentage = flag "Whether the use of disks is in percent.";
      memory_percentage = flag "Whether the use of memory is in percent.";
      theme = text "Name of the theme." // {
        example = "Hydrogen";
      };
      show = optional (types.listOf (
        types.enum [
          "Host"
          "Machine"
          "Kernel"
          "Distribution"
          "OperatingSystem"
          "DesktopEnvironment"
          "WindowManager"
          "Resolution"
          "Backlight"
          "Packages"
          "LocalIP"
          "Terminal"
          "Shell"
          "Uptime"
          "Processor"
          "ProcessorLoad"
          "Memory"
          "Battery"
          "GPU"
          "DiskSpace"
        ]
      )) "What is shown." // {
        example = [ "Memory" ];
      };
    };

    themes = option (types.attrsOf theme) { } "Themes by name, in {file}`$XDG_CONFIG_HOME/macchina/themes`." // {
      example.Hydrogen.hide_ascii = true;
    };
  };

  config.xdg.configFile =
    lib.optionalAttrs (settings != { }) {
      "macchina/macchina.toml".source = toml.generate "macchina.toml" settings;
    }
    // lib.hm.files.inDirectory "macchina/themes" ".toml" (name: theme: {
      source = toml.generate "macchina-theme-${name}" (given theme);
    }) cfg.themes;
}
