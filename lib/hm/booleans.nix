{
  # The spelling of a boolean that ssh, and many a format besides, wants.
  yesNo = value: if value then "yes" else "no";
}
