OPENQASM 2.1;
include "qelib1.inc";
qreg q[2];
creg c[2];
x q;
measure q -> c;
