OPENQASM 2.0;
include "qelib1.inc";
gate flip(t) a { rx(t/2) a; rx(t/2) a; }
qreg q[1];
creg c[1];
flip(pi) q[0];
measure q -> c;
