OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
gate g(p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11) r { rx(p2) r; rz(p10) r; }
g(0.3, 0.3, pi, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3) q[0];
c = measure q;
