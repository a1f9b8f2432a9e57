/* A licence
 * of several lines; with a semicolon,
 * and OPENQASM 2.0; in it.
 */
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
x q[1];
measure q -> c;
