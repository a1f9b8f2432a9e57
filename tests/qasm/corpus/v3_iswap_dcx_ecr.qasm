OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0]; iswap q[0], q[1]; dcx q[1], q[0]; ecr q[0], q[1]; ecr q[0], q[1];
c = measure q;
