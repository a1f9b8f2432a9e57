OPENQASM 3.0;
include "stdgates.inc";
const int n = 4;
qubit[n] q;
bit[n] c;
x q[n-1];
c = measure q;
