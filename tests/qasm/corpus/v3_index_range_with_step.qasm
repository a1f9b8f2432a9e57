OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q;
bit[5] c;
x q[0:2:4];
c = measure q;
