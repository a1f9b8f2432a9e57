OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
for uint i in [2:-2:0] { x q[i]; }
c = measure q;
