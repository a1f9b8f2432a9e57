OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
x q[0b1]; x q[0x2]; x q[0o3];
c = measure q;
