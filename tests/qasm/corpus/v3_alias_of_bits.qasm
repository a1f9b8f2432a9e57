OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
let a = c[0:1];
x q[1];
a = measure q[0:1];
c[2:3] = measure q[2:3];
