OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
h q[0]; pow(2) @ s q[0]; h q[0];
c = measure q;
