OPENQASM 3.0;
include "stdgates.inc";
input float a;
qubit q;
bit c;
rx(2*a - pi/2 + 0.5*pi) q;
c = measure q;
