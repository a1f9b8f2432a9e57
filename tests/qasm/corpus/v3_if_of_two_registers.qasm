OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[1] a;
bit[1] b;
x q[0];
a[0] = measure q[0];
if (a == 1) x q[1];
b[0] = measure q[1];
