OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
rx(sqrt(-1)) q[0];
c = measure q;
