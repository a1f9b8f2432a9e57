OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[1];
u2(0, pi) q[0]; u1(pi) q[0]; u2(0, pi) q[0]; u3(0, 0, 0) q[0];
measure q -> c;
