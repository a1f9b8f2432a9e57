OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
x q[0]; crz(0) q[0], q[1]; cu1(0) q[0], q[1]; cu3(pi, 0, pi) q[0], q[1];
measure q -> c;
