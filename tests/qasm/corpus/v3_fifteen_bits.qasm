OPENQASM 3.0;
include "stdgates.inc";
qubit[15] q;
bit[15] c;
x q;
c = measure q;
