OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
input float b;
input float a;
rx(a+b) q[0];
c = measure q;
