"""Lint: what is odd about a contract, about what its pages say, and between providers of one model."""
