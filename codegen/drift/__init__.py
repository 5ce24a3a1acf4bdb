"""Drift: what changed between two states of a contract, by direction and by meaning.

`compare.compare(old, new)` is pure: two contracts in, changes out. `report` prints them, `release` says what they mean
for the version of a client, `states` finds the two contracts that a person names.
"""
