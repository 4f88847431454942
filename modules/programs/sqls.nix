{
  title = "sqls, a language server for SQL";
  docs = "https://github.com/sqls-server/sqls#db-configuration";

  files.settings = {
    format = "yaml";
    storeName = "sqls-config";
    xdg = "sqls/config.yml";
    example = {
      lowercaseKeywords = true;
      connections = [
        {
          driver = "mysql";
          dataSourceName = "root:root@tcp(127.0.0.1:13306)/world";
        }
      ];
    };
  };
}
