OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
while (c[0]) { x q[0]; c = measure q; }
