"""What the console knows of each resource: one module each."""
