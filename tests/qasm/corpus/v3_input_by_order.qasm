OPENQASM 3.0;
include "stdgates.inc";
input angle alpha;
input float gamma;
qubit[2] q;
bit[2] c;
rx(alpha) q[0];
rx(gamma) q[1];
c = measure q;
