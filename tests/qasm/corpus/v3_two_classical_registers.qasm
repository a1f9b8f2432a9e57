OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[1] low;
bit[2] high;
x q[1];
low[0] = measure q[0];
high = measure q[1:2];
