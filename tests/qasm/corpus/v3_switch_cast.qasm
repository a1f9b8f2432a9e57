OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0];
c = measure q;
switch (uint[2](c)) { case 1 { x q[1]; } }
c = measure q;
