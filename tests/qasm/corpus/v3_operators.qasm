OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
rx(pi*2**2/4) q[0]; rx((7 % 7)*1.0) q[0]; rx(-(-0.0)) q[0];
c = measure q;
