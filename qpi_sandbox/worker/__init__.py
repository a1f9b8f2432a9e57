"""The worker: schedules and runs jobs, and simulates drivers and cryostats."""
