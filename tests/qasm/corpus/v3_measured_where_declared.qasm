OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
x q[1];
bit[2] c = measure q;
