OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
sx q[0]; sxdg q[0]; u(pi, 0, pi) q[0]; r(pi, 0.7) q[1];
c = measure q;
