"""Formulas as CEL text, for export; `this` is the body. Sums use `sum()` of the Kubernetes list library.

What CEL cannot say without extensions of ours (mentions in a text) is None. https://github.com/google/cel-spec
"""

from __future__ import annotations

import json
import re
from typing import Any

from specs.rules.formula import ABSENT, And, Compare, Each, Formula, OneOf, Or, Present, Ref, Satisfies, Sum

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "namespace",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
_COMPARISONS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
LIBRARY = "needs the list library of Kubernetes, for CEL itself has no sum()"
"""What has to be said beside the text of a sum."""
_SIZES = {"minLength": ">=", "maxLength": "<=", "minItems": ">=", "maxItems": "<="}


def text(formula: Formula) -> str | None:
    """Return the expression that is true when the formula holds, or None where CEL cannot say it."""
    if isinstance(formula, (And, Or)):
        stated = [found for part in formula.parts if (found := text(part)) is not None]
        joined = (" && " if isinstance(formula, And) else " || ").join(map(_enclosed, stated))
        return joined if len(stated) == len(formula.parts) else None
    if isinstance(formula, Present):
        return f"!({_present(formula.ref)})" if formula.negated else _present(formula.ref)
    if isinstance(formula, OneOf):
        return _one_of(formula)
    if isinstance(formula, Each):
        return _each(formula)
    found_leaf = _leaf(formula)
    return f"!({found_leaf})" if found_leaf is not None and formula.negated else found_leaf


def _enclosed(stated: str) -> str:
    return f"({stated})" if " || " in stated or " && " in stated else stated


def _leaf(formula: Formula) -> str | None:
    if isinstance(formula, Compare):
        stated = f"{_with_default(formula.left)} {formula.op} {_with_default(formula.right)}"
        needed = [ref for ref in (formula.left, formula.right) if ref.default is ABSENT]
        return " || ".join([*(f"!({_present(ref)})" for ref in needed), stated])
    if isinstance(formula, Sum):
        item = Ref(formula.names, of_item=True, default=formula.default, nullable=False)
        array = _path(formula.array)
        vacuous = [f"!({_present(formula.array)})"]
        if formula.default is ABSENT:
            vacuous.append(f"!({array}.all(item, {_present(item)}))")
        if formula.total.default is ABSENT:
            vacuous.append(f"!({_present(formula.total)})")
        terms = f"{array}.map(item, {_with_default(item)}).sum()"
        return " || ".join([*vacuous, f"{terms} {formula.op} {_with_default(formula.total)}"])
    if isinstance(formula, Satisfies):
        stated = _limits(_with_default(formula.ref), formula.schema)
        return stated if formula.ref.default is not ABSENT else f"!({_present(formula.ref)}) || {stated}"
    return None


def _limits(value: str, schema: Any) -> str:
    found = []
    for keyword, limit in schema.items():
        if keyword in _COMPARISONS:
            found.append(f"{value} {_COMPARISONS[keyword]} {_literal(limit)}")
        elif keyword in _SIZES:
            found.append(f"size({value}) {_SIZES[keyword]} {_literal(limit)}")
        elif keyword == "multipleOf":
            found.append(f"{value} % {_literal(limit)} == 0")
        else:
            found.append(f"{value} in {_literal(limit if keyword == 'enum' else [limit])}")
    return found[0] if len(found) == 1 else "(" + " && ".join(found) + ")"


def _one_of(formula: OneOf) -> str:
    path = _path(formula.ref)
    single = len(formula.values) == 1
    stated = f"{path} == {_literal(formula.values[0])}" if single else f"{path} in {_literal(list(formula.values))}"
    present = _present(formula.ref)
    held = f"!({present}) || {stated}" if formula.ref.counts_as(formula.values) else f"{present} && {stated}"
    return f"!({held})" if formula.negated else held


def _each(formula: Each) -> str | None:
    inner = text(formula.part)
    if inner is None or "*" in formula.array:
        return None
    array = Ref(formula.array, of_item=False, default=ABSENT, nullable=False)
    if formula.negated:
        return f"{_present(array)} && {_path(array)}.exists(item, {inner})"
    return f"!({_present(array)}) || {_path(array)}.all(item, {inner})"


def _path(ref: Ref) -> str:
    found = "item" if ref.of_item else "this"
    for name in ref.names:
        found += f".{name}" if _plain(name) else f"[{_literal(name)}]"
    return found


def _present(ref: Ref) -> str:
    if not ref.names:
        return "true"
    steps = []
    for depth in range(1, len(ref.names) + 1):
        *outer, last = ref.names[:depth]
        holder = _path(Ref(tuple(outer), ref.of_item, ABSENT, nullable=False))
        steps.append(f"has({holder}.{last})" if _plain(last) else f"{_literal(last)} in {holder}")
    if ref.nullable:
        steps.append(f"{_path(ref)} != null")
    return " && ".join(steps)


def _with_default(ref: Ref) -> str:
    if ref.default is ABSENT:
        return _path(ref)
    return f"({_present(ref)} ? {_path(ref)} : {_literal(ref.default)})"


def _plain(name: str) -> bool:
    return bool(_IDENTIFIER.match(name)) and name not in _RESERVED


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
