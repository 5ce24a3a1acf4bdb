"""Names of fields into JSON pointers."""

from __future__ import annotations

import re

from specs import pointers

_STEP = re.compile(r"\[(?:\*|\d*|n|i|index)\]|\.")


def steps(name: str) -> tuple[str, ...]:
    """Return a dotted name's reference tokens: `data[].url` is data, *, url; `a.b` is a, b."""
    tokens: list[str] = []
    at = 0
    for match in _STEP.finditer(name):
        if match.start() > at:
            tokens.append(name[at : match.start()])
        if match[0] != ".":
            tokens.append("*")
        at = match.end()
    if at < len(name):
        tokens.append(name[at:])
    return tuple(token for token in tokens if token)


def below(parent: str, name: str, *, in_array: bool = False) -> str:
    """Return the pointer of a field named `name` inside the field at `parent`, or inside the items of that array.

    A trailing `[]` says that the name is an array's; the pointer is the array's own.
    """
    tokens = steps(name)
    while tokens and tokens[-1] == "*":
        tokens = tokens[:-1]
    return parent + ("/*" if in_array else "") + pointers.join(*tokens)
