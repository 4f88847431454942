{
  time = "2026-11-24T20:00:00+00:00";
  message = ''
    Switching is now done by `home-manager` itself: it plans every change before it makes any,
    and undoes them all if one fails. The script `activate` in a generation still works by
    itself; its blocks (`home.activation`) run in the same order and the same bash process.
  '';
}
