OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
int n = 1;
n = 2;
c = measure q;
