OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
measure q;
c = measure q;
