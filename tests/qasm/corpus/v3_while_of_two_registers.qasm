OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[1] a;
bit[1] b;
x q;
a[0] = measure q[0];
while (a[0]) { x q[0]; a[0] = measure q[0]; }
b[0] = measure q[1];
