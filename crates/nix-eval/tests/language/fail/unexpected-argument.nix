({ first, second }: first) { first = 1; secnd = 2; }
