# The code of each character of one byte. Nix strings cannot hold the character 0.
let
  # JSON can spell the control characters that a Nix literal cannot.
  controls = builtins.fromJSON ''
    ["\u0001","\u0002","\u0003","\u0004","\u0005","\u0006","\u0007","\u0008","\t","\n","\u000b",
     "\u000c","\r","\u000e","\u000f","\u0010","\u0011","\u0012","\u0013","\u0014","\u0015",
     "\u0016","\u0017","\u0018","\u0019","\u001a","\u001b","\u001c","\u001d","\u001e","\u001f"]
  '';
  printable = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

  number =
    first: characters:
    builtins.genList (index: {
      name = builtins.elemAt characters index;
      value = first + index;
    }) (builtins.length characters);
in
builtins.listToAttrs (
  number 1 controls
  ++ number 32 (
    builtins.genList (index: builtins.substring index 1 printable) (builtins.stringLength printable)
  )
)
