OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0]; cu(pi, 0, pi, 0) q[0], q[1]; crx(0) q[0], q[1]; cry(0) q[0], q[1];
c = measure q;
