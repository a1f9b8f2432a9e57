"""A believable laboratory: its people, machines, circuits and words, for demo data and live traffic."""
