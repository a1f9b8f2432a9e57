OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
rx(π) q[0]; rx(2*τ) q[0]; rx(euler*0) q[0]; rx(tau) q[0];
c = measure q;
