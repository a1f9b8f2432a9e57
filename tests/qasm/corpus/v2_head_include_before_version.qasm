include "qelib1.inc";
OPENQASM 2.0;
qreg q[2];
creg c[2];
x q[1];
measure q -> c;
