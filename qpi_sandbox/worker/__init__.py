"""The worker: decides what runs, runs it, and plays drivers and cryostats."""
