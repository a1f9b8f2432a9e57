OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
rxx(pi) q[0], q[1]; ryy(0) q[0], q[1]; rzz(0.3) q[0], q[1]; rzx(0) q[0], q[1];
c = measure q;
