OPENQASM 3.0;
include "stdgates.inc";
qubit[1+1] q;
bit[2*1] c;
x q[1];
c = measure q;
