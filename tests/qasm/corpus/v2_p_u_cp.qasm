OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0]; p(pi) q[0]; h q[0]; u(pi, 0, pi) q[1]; cp(0) q[0], q[1];
measure q -> c;
