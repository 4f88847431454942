# fish commands from the values of the types next door.
{ lib }:

let
  inherit (lib) concatStringsSep escapeShellArg optional;

  present = value: value != null;

  quotedOption = name: value: optional (present value) ''--${name}="${toString value}"'';
in
rec {
  handlerOptions = [
    "onEvent"
    "onJobExit"
    "onProcessExit"
    "onSignal"
    "onVariable"
  ];

  isHandler =
    definition:
    lib.isAttrs definition && lib.any (option: present definition.${option}) handlerOptions;

  # What follows the name of a function.
  functionOptions =
    definition:
    lib.optionalString (lib.isAttrs definition) (
      " "
      + toString (
        quotedOption "description" definition.description
        ++ quotedOption "wraps" definition.wraps
        ++ lib.concatMap (quotedOption "on-event") (lib.toList definition.onEvent)
        ++ quotedOption "on-variable" definition.onVariable
        ++ quotedOption "on-job-exit" definition.onJobExit
        ++ quotedOption "on-process-exit" definition.onProcessExit
        ++ quotedOption "on-signal" definition.onSignal
        ++ optional definition.noScopeShadowing "--no-scope-shadowing"
        ++ quotedOption "inherit-variable" definition.inheritVariable
        ++ optional (present definition.argumentNames) "--argument-names=${toString definition.argumentNames}"
      )
    );

  abbreviation =
    attribute: definition:
    let
      detailed = if lib.isAttrs definition then definition else { expansion = definition; };
      name = detailed.name or null;
      options =
        lib.concatMap
          (
            option: map (value: "--${option} ${escapeShellArg value}") (lib.toList (detailed.${option} or [ ]))
          )
          (
            lib.filter (option: present (detailed.${option} or null)) [
              "command"
              "function"
              "position"
              "regex"
            ]
          );
      cursor = detailed.setCursor or false;
      cursorOption =
        if cursor == true then
          [ "--set-cursor" ]
        else
          optional (cursor != false) (escapeShellArg "--set-cursor=${cursor}");
      words = concatStringsSep " " (options ++ cursorOption);
    in
    "abbr --add ${words} -- ${if present name then name else attribute}"
    + lib.optionalString (present detailed.expansion) " ${escapeShellArg detailed.expansion}";

  bindCommands =
    attribute: bind:
    let
      key = if present bind.name then bind.name else attribute;
      options =
        optional bind.silent "-s"
        ++ optional (present bind.operate) "--${bind.operate}"
        ++ lib.optionals (present bind.mode) [
          "--mode"
          bind.mode
        ]
        ++ lib.optionals (present bind.setsMode) [
          "--sets-mode"
          bind.setsMode
        ];
      commands = map escapeShellArg (lib.toList bind.command);
    in
    optional bind.erase (
      concatStringsSep "  " (
        [
          "bind"
          "-e"
        ]
        ++ options
        ++ [ key ]
      )
    )
    ++ optional (present bind.command) (
      concatStringsSep " " ([ "bind" ] ++ options ++ [ key ] ++ commands ++ optional bind.repaint "repaint")
    );
}
