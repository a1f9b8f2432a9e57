"""What to ask and how to read the answer, one module for each resource; no sockets here."""
