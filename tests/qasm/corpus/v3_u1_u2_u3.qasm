OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
u2(0, pi) q[0]; u1(pi) q[0]; u2(0, pi) q[0]; u3(0, 0, 0) q[0];
c = measure q;
