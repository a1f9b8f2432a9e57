include "stdgates.inc";
OPENQASM 3.0;
qubit[2] q;
bit[2] c;
x q[1];
c = measure q;
