OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0]; delay[100ns] q[0]; delay[1.5us] q; delay[2 ms] q[1];
c = measure q;
