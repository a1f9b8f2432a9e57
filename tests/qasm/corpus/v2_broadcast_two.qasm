OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
x q[0]; x q[1]; cx q[0], q[2]; cx q[1], q[3];
measure q -> c;
