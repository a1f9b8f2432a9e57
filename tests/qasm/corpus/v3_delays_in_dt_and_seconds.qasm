OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
delay[10dt] q;
delay[1us] q;
c = measure q;
