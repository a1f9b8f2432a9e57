OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
const float a = 0.3;
gate g(a) r { rx(a) r; }
g(pi) q[0]; rz(a) q[0];
c = measure q;
