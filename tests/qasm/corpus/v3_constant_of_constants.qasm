OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
const int n = 2;
const float t = pi/n;
rx(n*t) q[0];
c = measure q;
