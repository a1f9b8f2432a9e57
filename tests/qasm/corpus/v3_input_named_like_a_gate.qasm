input float x;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
rx(x) q[0];
c = measure q;
