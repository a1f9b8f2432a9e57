OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit a;
bit[2] b;
x q[1];
a = measure q[0];
b = measure q[1:2];
