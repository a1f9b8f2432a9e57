/* A licence
 * of several lines; with a semicolon,
 * and OPENQASM 2.0; in it.
 */
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[1];
c = measure q;
