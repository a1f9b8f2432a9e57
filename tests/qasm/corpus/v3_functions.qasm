OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
rx(pi*cos(0) + sin(0) + log(1) + sqrt(4) - 2) q[0];
c = measure q;
