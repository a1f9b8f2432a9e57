OPENQASM 3.0;
include "stdgates.inc";
qubit[1] q;
bit[1] c;
gate flip(t) a { rx(t/2) a; rx(t/2) a; }
flip(pi) q[0];
c = measure q;
