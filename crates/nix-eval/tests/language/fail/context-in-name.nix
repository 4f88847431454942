{ ${"${derivation { name = "x"; system = "x"; builder = "x"; }}"} = 1; }
