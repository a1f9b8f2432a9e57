OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0];
c = measure q;
if (c >= 2) x q[0]; else x q[1];
c = measure q;
