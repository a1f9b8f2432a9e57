OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[1];
rx(pi*cos(0)+sin(0)*2+ln(exp(0))+sqrt(4)-2) q[0];
measure q -> c;
