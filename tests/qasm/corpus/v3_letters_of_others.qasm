OPENQASM 3.0;
include "stdgates.inc";
qubit[1] ψ;
bit[1] α;
x ψ;
α = measure ψ;
