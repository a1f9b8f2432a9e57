OPENQASM 3.0;
include "stdgates.inc";
qubit[2] Q;
bit[1] Low;
bit[1] High;
x Q[1];
Low[0] = measure Q[0];
High[0] = measure Q[1];
