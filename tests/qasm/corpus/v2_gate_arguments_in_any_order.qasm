OPENQASM 2.0;
include "qelib1.inc";
gate g(b, a) q { rx(b) q; rz(a) q; }
qreg q[1];
creg c[1];
g(pi, 0.4) q[0];
measure q -> c;
