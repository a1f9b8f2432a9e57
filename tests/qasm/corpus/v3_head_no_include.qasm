qubit[2] q;
bit[2] c;
U(pi, 0, pi) q[1];
c = measure q;
