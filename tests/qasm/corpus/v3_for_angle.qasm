OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
for int i in [1:4] { rx(i*pi/10.0) q[0]; }
c = measure q;
