OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
let a = q[1:2]; x a;
c = measure q;
