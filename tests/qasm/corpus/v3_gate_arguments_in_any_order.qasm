OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
gate g(b, a) r { rx(b) r; rz(a) r; }
g(pi, 0.4) q[0];
c = measure q;
