OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q; barrier q[0], q[1]; barrier; reset q[0];
c = measure q;
