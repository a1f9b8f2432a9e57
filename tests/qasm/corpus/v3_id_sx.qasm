OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
id q[0]; sx q[0]; sx q[0];
c = measure q;
