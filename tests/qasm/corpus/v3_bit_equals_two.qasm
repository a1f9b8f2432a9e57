OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
if (c[0] == 2) x q[0];
c = measure q;
