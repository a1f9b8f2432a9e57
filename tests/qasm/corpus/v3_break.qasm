OPENQASM 3.0;
include "stdgates.inc";
qubit q;
bit c;
for int i in [0:4] { x q; c = measure q; if (c) { break; } }
