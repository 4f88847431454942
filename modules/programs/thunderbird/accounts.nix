# What Thunderbird does with accounts.
{ lib }:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  preferences = types.functionTo (
    types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
      ]
    )
  );

  preferencesOption =
    example: description:
    option preferences (_id: { }) "${description}, as a function of the id that Home Manager gives it."
    // {
      defaultText = lib.literalExpression "_: { }";
      example = lib.literalExpression example;
    };

  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };
  optional = option (types.nullOr types.str) null;

  common = {
    enable = lib.mkEnableOption "Thunderbird for the account";

    profiles = option (types.listOf types.str) [ ] "Profiles that have the account; all if empty." // {
      example = [
        "profile1"
        "profile2"
      ];
    };
  };

  oauth2 = lib.mkOptionDefault 10;
in
{
  email =
    { config, ... }:
    let
      isGmail = config.flavor == "gmail.com";
      isUnset = server: server != null && server.authentication == null;
    in
    {
      options.thunderbird = common // {
        settings = preferencesOption ''
          id: { "mail.server.server_''${id}.check_new_mail" = false; }
        '' "Preferences of the account";

        perIdentitySettings = preferencesOption ''
          id: { "mail.identity.id_''${id}.protectSubject" = false; }
        '' "Preferences of each identity";

        messageFilters =
          option
            (types.listOf (
              types.submodule {
                options = {
                  name = required "Name of the filter.";
                  enabled = option types.bool true "Whether the filter is applied.";
                  type = required "When the filter is applied: a sum of bits, as Thunderbird writes it.";
                  action = required "What is done with the message.";
                  actionValue = optional "Argument of the action.";
                  condition = required "Condition of the filter.";
                  extraConfig = optional "Further lines of the filter.";
                  text = optional "The whole filter, instead of all the others.";
                };
              }
            ))
            [ ]
            ''
              Filters of messages. Make one in Thunderbird and look at {file}`msgFilterRules.dat` to find its
              fields.
            ''
          // {
            defaultText = lib.literalExpression "[ ]";
            example = [
              {
                name = "Mark as Read on Archive";
                type = "128";
                action = "Mark read";
                condition = "ALL";
              }
            ];
          };
      };

      config.thunderbird.settings = lib.mkIf (isGmail || config.flavor == "outlook.office365.com") (
        id:
        lib.optionalAttrs (isUnset config.smtp) { "mail.smtpserver.smtp_${id}.authMethod" = oauth2; }
        // lib.optionalAttrs (isUnset config.imap) { "mail.server.server_${id}.authMethod" = oauth2; }
        // lib.optionalAttrs isGmail { "mail.server.server_${id}.is_gmail" = lib.mkOptionDefault true; }
      );
    };

  calendar.options.thunderbird = common // {
    readOnly = option types.bool false "Whether Thunderbird changes nothing.";

    color = option types.str "" "Color of the calendar." // {
      example = "#dc8add";
    };

    settings = preferencesOption ''
      id: { "calendar.registry.calendar_''${id}.refreshInterval" = 5; }
    '' "Preferences of the calendar";
  };

  contact.options.thunderbird = common // {
    token = option (types.nullOr types.str) null "Token of the CardDAV server. It can be read by all users in the store." // {
      example = "secret_token";
    };
  };
}
