// Copyright of nobody in particular
//
// Use it as you like: as OPENQASM 2.0; and as OPENQASM 3.0; too.

OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
x q[1];
measure q -> c;
