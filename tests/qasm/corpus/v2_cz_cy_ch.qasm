OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg c[3];
x q[0]; cy q[0], q[1]; h q[2]; cz q[0], q[2]; h q[2];
measure q -> c;
