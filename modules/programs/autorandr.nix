{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (lib) mapAttrsToList optional;

  # A matrix, which is given as a whole.
  matrixOf =
    rows: columns: element:
    let
      isListOf = length: list: lib.isList list && lib.length list == length;
    in
    lib.mkOptionType {
      name = "matrixOf";
      description = "${toString rows}×${toString columns} matrix of ${element.description}s";
      check =
        value:
        isListOf rows value && lib.all (row: isListOf columns row && lib.all element.check row) value;
      merge = lib.mergeOneOption;
      getSubOptions =
        prefix:
        element.getSubOptions (
          prefix
          ++ [
            "*"
            "*"
          ]
        );
      inherit (element) getSubModules;
      substSubModules = module: matrixOf rows columns (element.substSubModules module);
      functor = lib.defaultFunctor "matrixOf" // {
        wrapped = element;
      };
    };

  nullOr = type: example: description: option (types.nullOr type) null description // { inherit example; };
  text = example: description: option types.str "" description // { inherit example; };
  size = description: lib.mkOption {
    type = types.either types.float types.ints.positive;
    inherit description;
  };

  output.options = {
    enable = option types.bool true "Whether the output is used.";
    crtc = nullOr types.ints.unsigned 0 "Number of the output's CRTC.";
    primary = option types.bool false "Whether this is the primary output.";
    position = text "5760x0" "Place of the output.";
    mode = text "3840x2160" "Resolution.";
    rate = text "60.00" "Rate of frames, in hertz.";
    gamma = text "1.0:0.909:0.833" "Gamma of the colors.";
    rotate = nullOr (types.enum [
      "normal"
      "left"
      "right"
      "inverted"
    ]) "left" "Rotation.";
    transform = nullOr (matrixOf 3 3 types.float) [
      [
        0.6
        0.0
        0.0
      ]
      [
        0.0
        0.6
        0.0
      ]
      [
        0.0
        0.0
        1.0
      ]
    ] "Transformation, as {manpage}`xrandr(1)` has it. Not with `scale`.";
    dpi = nullOr types.ints.positive 96 "Dots per inch.";
    scale = nullOr (types.submodule {
      options = {
        method = option (types.enum [
          "factor"
          "pixel"
        ]) "factor" "Whether `x` and `y` are factors or numbers of pixels." // {
          example = "pixel";
        };
        x = size "Horizontal scale.";
        y = size "Vertical scale.";
      };
    }) {
      x = 1.25;
      y = 1.25;
    } "Scale of the picture. Not with `transform`.";
    filter = nullOr (types.enum [
      "bilinear"
      "nearest"
    ]) "nearest" "How pixels are made of a scaled picture.";
    extraConfig = option types.lines "" "Further lines for the output." // {
      example = ''
        x-prop-non_desktop 0
      '';
    };
  };

  hooksOf = type: default: types.submodule {
    options = {
      postswitch = option type default "Commands after the switch to another profile.";
      preswitch = option type default "Commands before the switch to another profile.";
      predetect = option type default "Commands before the profile is looked for.";
    };
  };

  profile.options = {
    fingerprint = option (types.attrsOf types.str) { } "EDIDs of the outputs by name. `autorandr --fingerprint` shows them.";
    config = option (types.attrsOf (types.submodule output)) { } "Outputs by name.";
    hooks = option (hooksOf types.lines "") { } "Commands of the profile.";
  };

  outputText =
    name: output:
    let
      line = setting: value: "${setting} ${toString value}";
      given = setting: value: optional (value != null && value != "") (line setting value);
    in
    if !output.enable then
      ''
        output ${name}
        off
      ''
    else
      lib.concatStringsSep "\n" (
        [ "output ${name}" ]
        ++ given "pos" output.position
        ++ given "crtc" output.crtc
        ++ optional output.primary "primary"
        ++ given "dpi" output.dpi
        ++ given "gamma" output.gamma
        ++ given "mode" output.mode
        ++ given "rate" output.rate
        ++ given "rotate" output.rotate
        ++ given "filter" output.filter
        ++ optional (output.transform != null) (
          "transform " + lib.concatMapStringsSep "," toString (lib.flatten output.transform)
        )
        ++ optional (output.scale != null) (
          "${if output.scale.method == "factor" then "scale" else "scale-from"} ${toString output.scale.x}x${toString output.scale.y}"
        )
        ++ optional (output.extraConfig != "") output.extraConfig
      );

  hookFiles =
    directory:
    lib.hm.files.inDirectory "autorandr/${directory}" "" (_name: commands: {
      source = "${pkgs.writeShellScriptBin "hook" commands}/bin/hook";
    });

  profileFiles =
    name: profile:
    {
      "autorandr/${name}/setup".text = lib.concatStringsSep "\n" (
        mapAttrsToList (output: edid: "${output} ${edid}") profile.fingerprint
      );
      "autorandr/${name}/config".text = lib.concatStringsSep "\n" (
        mapAttrsToList outputText profile.config
      );
    }
    // hookFiles name (
      lib.filterAttrs (_name: commands: commands != "") {
        inherit (profile.hooks) postswitch preswitch predetect;
      }
    );
in
{
  title = "autorandr, which sets up screens as they are connected";
  docs = "https://github.com/phillipberndt/autorandr";

  options = {
    hooks = option (hooksOf (types.attrsOf types.lines) { }) { } "Commands of all profiles, by any names." // {
      example.postswitch.notify-i3 = "i3-msg restart";
    };

    profiles = option (types.attrsOf (types.submodule profile)) { } "Profiles by name." // {
      example.work = {
        fingerprint.eDP1 = "<EDID>";
        config.eDP1 = {
          primary = true;
          mode = "1920x1080";
        };
      };
    };
  };

  config = {
    assertions = lib.concatLists (
      mapAttrsToList (
        name: profile:
        mapAttrsToList (output: facts: {
          assertion = facts.scale == null || facts.transform == null;
          message = ''
            Cannot use the profile output options 'scale' and 'transform' simultaneously.
            Check configuration for: programs.autorandr.profiles.${name}.config.${output}
          '';
        }) profile.config
      ) cfg.profiles
    );

    xdg.configFile = lib.mkMerge (
      [
        (hookFiles "postswitch.d" cfg.hooks.postswitch)
        (hookFiles "preswitch.d" cfg.hooks.preswitch)
        (hookFiles "predetect.d" cfg.hooks.predetect)
      ]
      ++ mapAttrsToList profileFiles cfg.profiles
    );
  };
}
