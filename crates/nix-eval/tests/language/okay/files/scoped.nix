[ added (builtins.length [ 1 ]) ]
