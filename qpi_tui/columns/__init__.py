"""Records → cells and sort keys, one module a resource; pure."""
