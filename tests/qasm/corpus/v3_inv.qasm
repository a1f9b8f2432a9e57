OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
h q[0]; s q[0]; inv @ s q[0]; z q[0]; h q[0];
c = measure q;
