with builtins;
let
  drv = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
  file = toFile "f" "text";
in
{
  has = [ (hasContext "a") (hasContext drv.outPath) (hasContext (unsafeDiscardStringContext "${drv}")) ];
  get = getContext "${drv} ${drv.dev} ${file} ${drv.drvPath}";
  kept = map hasContext [ (substring 0 0 "${drv}") (baseNameOf drv.outPath) (toPath file) (replaceStrings [ "x" ] [ drv.outPath ] "x") ];
  not-used = hasContext (replaceStrings [ "y" ] [ drv.outPath ] "x");
  append = getContext (appendContext "a" (getContext drv.drvPath));
  discarded = getContext (unsafeDiscardOutputDependency drv.drvPath);
  added = getContext (addDrvOutputDependencies (unsafeDiscardOutputDependency drv.drvPath));
}
