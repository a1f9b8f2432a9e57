OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
duration d = 100ns;
delay[d] q[0];
x q[0];
c = measure q;
