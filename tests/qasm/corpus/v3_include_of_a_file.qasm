include "/etc/passwd";

include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q;
c = measure q;
