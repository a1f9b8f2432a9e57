OPENQASM 3.0;
include "stdgates.inc";
const uint[8] n = 2 ** 2;
qubit[n/2] q;
bit[n/2] c;
x q[1];
c = measure q;
