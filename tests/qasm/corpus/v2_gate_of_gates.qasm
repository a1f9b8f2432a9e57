OPENQASM 2.0;
include "qelib1.inc";
gate one a { x a; }
gate two a, b { one a; cx a, b; }
qreg q[2];
creg c[2];
two q[0], q[1];
measure q -> c;
