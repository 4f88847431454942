{ lib }:

let
  inherit (builtins) all elem filter;
  pretty = lib.generators.toPretty { };

  # For use behind `assert`: throws a message instead of naming the expression.
  assertMsg = condition: message: condition || throw message;
in
{
  inherit assertMsg;

  assertOneOf =
    name: value: allowed:
    assertMsg (elem value allowed) "${name} must be one of ${pretty allowed}, but is: ${pretty value}";

  assertEachOneOf =
    name: values: allowed:
    assertMsg (all (
      value: elem value allowed
    ) values) "each element in ${name} must be one of ${pretty allowed}, but is: ${pretty values}";

  # Takes lists as the options `assertions` and `warnings` hold them.
  checkAssertWarn =
    assertions: warnings: value:
    let
      failed = filter (entry: !entry.assertion) assertions;
    in
    if failed == [ ] then
      lib.trivial.showWarnings warnings value
    else
      throw "\nFailed assertions:\n${lib.strings.concatMapStringsSep "\n" (entry: "- ${entry.message}") failed}";
}
