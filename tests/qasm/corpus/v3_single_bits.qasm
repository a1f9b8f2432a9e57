OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit a;
bit b;
x q[1];
a = measure q[0];
b = measure q[1];
