OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
x q; barrier q[0], q[1]; reset q[0]; barrier q;
measure q -> c;
