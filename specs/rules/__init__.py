"""Rules: constraints over several fields, as data, and their renderings.

`model` is what a rule is, `parse` reads and writes `x-rules`, `formula` analyses one once; `python`, `json_schema`,
`cel` and `idl` print it. English is in `specs.english`.
"""
