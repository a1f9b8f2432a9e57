OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
x q[0:1]; ccz q[0], q[1], q[2]; cs q[0], q[1]; csdg q[0], q[1]; csx q[0], q[2]; csx q[1], q[2]; cu3(pi, 0, pi) q[0], q[3]; cu1(0.3) q[0], q[1];
c = measure q;
