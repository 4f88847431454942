{ lib }:

{
  # Git settings that send the output of the diff-like commands through one pager.
  diffPagerConfig = pager: {
    pager = lib.genAttrs [ "diff" "log" "show" ] (_command: pager);
  };
}
