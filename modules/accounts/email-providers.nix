# What is known of providers of mail: their servers, and which of them want the address as the
# name of the user. `startTls` says whether a server that knows both ways of encryption is to be
# reached by STARTTLS.
{ startTls }:

let
  # Submission with TLS from the start, or by STARTTLS.
  submission = if startTls then 587 else 465;

  encrypted = host: port: {
    inherit host port;
    tls.enable = true;
  };

  plain = host: port: { inherit host port; };
in
{
  "davmail" = {
    imap = plain "localhost" 1143 // {
      authentication = "login";
    };
    smtp = plain "localhost" 1025 // {
      authentication = "plain";
      tls.enable = false;
    };
  };

  "fastmail.com" = {
    addressIsUserName = true;
    imap = plain "imap.fastmail.com" 993;
    smtp = plain "smtp.fastmail.com" submission;
    jmap = {
      host = "fastmail.com";
      sessionUrl = "https://jmap.fastmail.com/.well-known/jmap";
    };
  };

  "gmail.com" = {
    addressIsUserName = true;
    imap = plain "imap.gmail.com" 993;
    smtp = plain "smtp.gmail.com" submission;
  };

  "mailbox.org" = {
    addressIsUserName = true;
    inbox = "INBOX";
    imap = plain "imap.mailbox.org" 993;
    smtp = plain "smtp.mailbox.org" 465;
  };

  "migadu.com" = {
    addressIsUserName = true;
    imap = plain "imap.migadu.com" 993;
    smtp = plain "smtp.migadu.com" 465;
  };

  "outlook.office365.com" = {
    addressIsUserName = true;
    imap = encrypted "outlook.office365.com" 993;
    smtp = {
      host = "smtp.office365.com";
      port = 587;
      tls = {
        enable = true;
        useStartTls = true;
      };
    };
  };

  "outlook.office365.com-ews" = {
    addressIsUserName = true;
    ews = {
      host = "outlook.office365.com";
      serviceDescriptionURL = "https://outlook.office365.com/EWS/Exchange.asmx";
      authentication = "xoauth2";
      tls.enable = true;
    };
  };

  "plain" = { };

  "posteo.de" = {
    addressIsUserName = true;
    imap = encrypted "posteo.de" 993;
    smtp = encrypted "posteo.de" 465;
  };

  "runbox.com" = {
    imap = plain "mail.runbox.com" 993;
    smtp = plain "mail.runbox.com" submission;
  };

  "yandex.com" = {
    addressIsUserName = true;
    imap = encrypted "imap.yandex.com" 993;
    smtp = encrypted "smtp.yandex.com" 465;
  };
}
