"""Demo data: the records of a lab after a year of use, drawn from a seed."""
