OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
pow(0.5) @ x q[0]; pow(0.5) @ x q[0];
c = measure q;
