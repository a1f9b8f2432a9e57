OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
x q[0:1]; cx q[0:1], q[2:3];
c = measure q;
