"""Benchmarks for every claim about speed."""
