// Copyright of nobody in particular
//
// Use it as you like: as OPENQASM 2.0; and as OPENQASM 3.0; too.

OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[1];
c = measure q;
