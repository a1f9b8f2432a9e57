OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
x q[2:-1:1];
c = measure q;
