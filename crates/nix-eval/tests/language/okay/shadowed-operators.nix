# Operators that are calls look their function up where they stand.
[
  (let __sub = a: b: "sub"; in 5 - 1)
  (let __lessThan = a: b: true; in [ (2 < 1) (2 >= 1) ])
  (let __mul = a: b: [ a b ]; in 2 * 3)
  (let __div = a: b: { inherit a b; }; in 2 / 3)
  (let __findFile = path: name: name; __nixPath = [ ]; in <some/file>)
  (let __sub = a: b: "negated"; in -1)
]
