OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
gphase(pi/3); x q[0];
c = measure q;
