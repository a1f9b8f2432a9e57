OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
for int i in [0:2] { x q[i]; }
c = measure q;
