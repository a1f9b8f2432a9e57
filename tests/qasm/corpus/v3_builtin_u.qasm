OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
U(pi, 0, pi) q[0];
c = measure q;
