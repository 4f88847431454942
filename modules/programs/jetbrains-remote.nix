{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "JetBrains' remote development";
  docs = "https://www.jetbrains.com/help/idea/remote-development-overview.html";
  package = null;

  options.ides = option (types.listOf types.package) [ ] "Editors that this machine offers to remote ones." // {
    example = lib.literalExpression "[ pkgs.jetbrains.clion ]";
  };

  config.home.activation.jetBrainsRemote = lib.mkIf (cfg.ides != [ ]) (
    lib.hm.dag.entryAfter [ "writeBoundary" ] (
      ''
        rm $HOME/.cache/JetBrains/RemoteDev/userProvidedDist/_nix_store* || true
      ''
      # An editor that fails must not stop the activation.
      + lib.concatMapStringsSep "\n" (
        ide:
        "${ide}/bin/${ide.meta.mainProgram}-remote-dev-server registerBackendLocationForGateway || true"
      ) cfg.ides
    )
  );
}
