OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
const angle[20] t = pi;
rx(t) q[0];
c = measure q;
