"""Demo data: what a laboratory has after a year, drawn from a seed."""
