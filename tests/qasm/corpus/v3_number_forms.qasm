OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
rx(3.141592653589793e0) q[0]; rx(.0) q[0]; rx(0.) q[0]; rx(1_000*0.0) q[0];
c = measure q;
