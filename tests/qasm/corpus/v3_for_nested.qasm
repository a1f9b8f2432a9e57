OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
for int i in [0:1] { for int j in [0:1] { x q[2*i + j]; } }
c = measure q;
