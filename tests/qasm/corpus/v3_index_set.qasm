OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
x q[{0, 3}];
c = measure q;
