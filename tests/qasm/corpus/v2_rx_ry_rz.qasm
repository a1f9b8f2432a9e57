OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[1];
rx(pi/2) q[0]; rz(pi) q[0]; rx(-pi/2) q[0]; ry(2*pi) q[0];
measure q -> c;
