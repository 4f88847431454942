let
  file = name: storeName: example: {
    format = "ini";
    inherit storeName example;
    xdg = "acd_cli/${name}.ini";
  };
in
{
  title = "acd_cli, a client of Amazon's drive";
  docs = "https://acd-cli.readthedocs.io/en/latest/configuration.html";

  files = {
    cliSettings = file "acd_cli" "acd_cli.ini" { download.keep_corrupt = false; };
    clientSettings = file "acd_client" "acd_client.ini" { endpoints.validity_duration = 259200; };
    cacheSettings = file "cache" "acd_cli_cache.ini" { sqlite.busy_timeout = 30000; };
    fuseSettings = file "fuse" "acd_cli_fuse.ini" { fs.block_size = 512; };
  };
}
