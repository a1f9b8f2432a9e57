OPENQASM 3.0;
include "stdgates.inc";
const bool on = true;
qubit[2] q;
bit[2] c;
x q[0];
c = measure q;
if (on) x q[1];
c = measure q;
