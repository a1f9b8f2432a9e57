OPENQASM 3.0;
include "stdgates.inc";
bit[2] c;
x $1;
cx $1, $4;
c[0] = measure $1;
c[1] = measure $4;
