OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[4] c;
let a = q[0:0] ++ q[3:3]; x a;
c = measure q;
