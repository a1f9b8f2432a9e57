OPENQASM 3.0;
include "stdgates.inc";
qreg q[2];
creg c[2];
x q[1];
measure q -> c;
