OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg low[1];
creg high[2];
x q[1];
measure q[0] -> low[0];
measure q[1] -> high[0];
measure q[2] -> high[1];
