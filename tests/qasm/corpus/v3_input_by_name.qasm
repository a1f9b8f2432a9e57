OPENQASM 3.0;
include "stdgates.inc";
input float[64] beta;
input angle alpha;
qubit[2] q;
bit[2] c;
rx(alpha) q[0];
rx(beta) q[1];
c = measure q;
