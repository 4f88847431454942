# Values defined in terms of their own result, and ways to extend them.
{ lib }:

let
  inherit (builtins) foldl';
  inherit (lib.trivial) isFunction;

  # The `x` with `x = f x`.
  fix =
    f:
    let
      x = f x;
    in
    x;

  # An overlay is a function `final: prev: { ... }`.
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;

  composeExtensions =
    first: second: final: prev:
    let
      added = first final prev;
    in
    added // second final (prev // added);

  composeManyExtensions =
    overlays: final: prev:
    let
      step =
        state: overlay:
        let
          more = overlay final state.prev;
        in
        {
          prev = state.prev // more;
          added = state.added // more;
        };
    in
    (foldl' step {
      inherit prev;
      added = { };
    } overlays).added;

  makeExtensibleWithCustomName =
    extenderName: f:
    fix (
      self:
      (f self)
      // {
        ${extenderName} = overlay: makeExtensibleWithCustomName extenderName (extends overlay f);
      }
    );

  # An overlay from an overlay, from a function of `prev` alone, or from a plain set.
  toExtension =
    value:
    if !isFunction value then
      _final: _prev: value
    else
      final: prev:
      let
        applied = value prev;
      in
      if isFunction applied then value final prev else applied;

  converge =
    f: start:
    let
      next = f start;
    in
    if next == start then start else converge f next;
in
{
  inherit
    fix
    extends
    composeExtensions
    composeManyExtensions
    makeExtensibleWithCustomName
    toExtension
    converge
    ;

  # Like `fix`, and keeps the function as `__unfix__`.
  fix' =
    f:
    let
      x = f x // {
        __unfix__ = f;
      };
    in
    x;

  makeExtensible = makeExtensibleWithCustomName "extend";
}
