OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
input float a;
rx(1/a) q[0];
c = measure q;
