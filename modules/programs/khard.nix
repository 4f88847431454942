{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  accounts = lib.filter (account: account.khard.enable) (
    lib.attrValues config.accounts.contact.accounts
  );

  valueText =
    value:
    if lib.isList value then
      lib.concatStringsSep ", " value
    else if lib.isBool value then
      lib.hm.booleans.yesNo value
    else
      value;

  addressBook = account: book: ''
    [[${account.name}${lib.optionalString (book != "") "-${book}"}]]
    path = ${toString (/. + "${account.local.path}/${book}")}
  '';

  discovered = account: ''
    [[${account.name}]]
    path = ${account.local.path}/${account.khard.glob}
    type = discover
  '';

  accountText =
    account:
    if account.khard.type == "discover" then
      discovered account
    else
      lib.concatMapStringsSep "\n" (addressBook account) account.khard.addressbooks;
in
{
  title = "khard, an address book for the terminal";
  docs = "https://khard.readthedocs.io/en/latest/man/khard.conf.html";

  accounts.contact = {
    imports = [
      (lib.mkRenamedOptionModule [ "khard" "defaultCollection" ] [ "khard" "addressbooks" ])
    ];

    options.khard = {
      enable = lib.mkEnableOption "khard for the account";
      addressbooks = option (types.coercedTo types.str lib.toList (types.listOf types.str)) [ "" ] ''
        Address books: directories below that of the account, which is itself one if the name is empty.
      '';
      type = option (types.enum [
        "vdir"
        "discover"
      ]) "vdir" "Whether the address books are named, or found by `glob`.";
      glob = option types.str "*" "Pattern of the directories of address books, with `discover`.";
    };
  };

  options.settings = option (types.submodule {
    freeformType = types.attrsOf (
      types.attrsOf (
        types.oneOf [
          types.bool
          types.str
          (types.listOf types.str)
        ]
      )
    );
    options.general.default_action = option types.str "list" "Action when none is given.";
  }) { } ''
    Settings by section. See <https://khard.readthedocs.io/en/latest/man/khard.conf.html>.
  '' // {
    example.general.editor = [
      "vim"
      "-i"
      "NONE"
    ];
  };

  config.xdg.configFile."khard/khard.conf".text = ''
    [addressbooks]
    ${lib.concatMapStringsSep "\n" accountText accounts}

    ${lib.generators.toINI {
      mkKeyValue = lib.generators.mkKeyValueDefault { mkValueString = valueText; } "=";
    } cfg.settings}
  '';
}
