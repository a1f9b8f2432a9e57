OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
const float t = pi/2;
rx(t) q[0]; rx(t) q[0];
c = measure q;
