OPENQASM 2.0;
// it's "fine
include "qelib1.inc";
qreg q[2];
creg c[2];
x q[1];
measure q -> c;
