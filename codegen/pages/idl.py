"""IDL, the inter-parameter dependency language (Martin-Lopez et al.), as RESTest writes it in `x-dependencies`.

    Or(a, b);   ZeroOrOne(a, b);   IF a AND kind=='x' THEN b;   a <= b;

A dependency that no rule kind of ours says becomes None, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from codegen.facts import Json, RuleFact

_TOKEN = re.compile(
    r"\s*(?:(?P<bracket>\[(?:[^\[\]]|\[[^\[\]]*\])+\])|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>==|!=|<=|>=|<|>|[()+*/,;-])|(?P<word>[A-Za-z_$][\w.$:-]*))"
)
_PREDEFINED = {"or": "at_least_one", "onlyone": "exactly_one", "allornone": "all_or_none", "zeroorone": "at_most_one"}
_RELATIONS = ("==", "!=", "<=", ">=", "<", ">")

Formula = tuple[Any, ...]
"""("present", pointer) | ("is", pointer, value) | ("compare", left, op, right) | ("not"|"and"|"or", formulas…) |
("kind", rule kind, formulas…)."""


class _InexpressibleError(Exception):
    """The dependency is beyond the rule kinds, or not IDL."""


def rules(text: str, fields: Collection[str], line: int) -> tuple[RuleFact, ...] | None:
    """Return the rules a dependency states about the fields (pointers); None where ours cannot say it."""
    try:
        parser = _Parser(text, fields)
        return tuple(parser.dependency(line))
    except _InexpressibleError:
        return None


class _Parser:
    """Recursive descent over one dependency."""

    def __init__(self, text: str, fields: Collection[str]) -> None:
        self.tokens = list(_tokens(text))
        self.fields, self.at = fields, 0

    def dependency(self, line: int) -> Iterator[RuleFact]:
        """Yield the dependency's rules."""
        if self.takes("if"):
            condition = self.formula()
            self.expects("then")
            found = list(_conditional(condition, self.formula(), line))
        else:
            found = list(_stated(self.formula(), line))
        self.takes(";")
        if self.at != len(self.tokens):
            raise _InexpressibleError
        yield from found

    def peek(self) -> str:
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def takes(self, word: str) -> bool:
        if self.peek() != word or self.tokens[self.at][0] == "string":
            return False
        self.at += 1
        return True

    def expects(self, word: str) -> None:
        if not self.takes(word):
            raise _InexpressibleError

    def formula(self, depth: int = 0) -> Formula:
        """Read `x OR y`, where AND binds tighter."""
        if depth > 20:
            raise _InexpressibleError
        parts = [self.conjunction(depth)]
        while self.takes("or"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def conjunction(self, depth: int) -> Formula:
        parts = [self.atom(depth)]
        while self.takes("and"):
            parts.append(self.atom(depth))
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def atom(self, depth: int) -> Formula:
        if self.takes("not"):
            return ("not", self.atom(depth + 1))
        following = self.tokens[self.at + 1][1] if self.at + 1 < len(self.tokens) else ""
        if self.peek() in _PREDEFINED and following == "(":
            kind = _PREDEFINED[self.peek()]
            self.at += 2
            parts = [self.formula(depth + 1)]
            while self.takes(","):
                parts.append(self.formula(depth + 1))
            self.expects(")")
            return ("kind", kind, *parts)
        if self.takes("("):
            inner = self.formula(depth + 1)
            self.expects(")")
            return inner
        return self.relation()

    def relation(self) -> Formula:
        field = self.field()
        operator = self.peek()
        if operator not in _RELATIONS:
            if operator in ("+", "-", "*", "/", "like"):
                raise _InexpressibleError
            return ("present", field)
        self.at += 1
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind in ("string", "number") or text.lower() in ("true", "false"):
            self.at += 1
            if operator not in ("==", "!="):
                raise _InexpressibleError
            equal: Formula = ("is", field, _value(kind, text))
            return equal if operator == "==" else ("not", equal)
        return ("compare", field, operator, self.field())

    def field(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind not in ("word", "bracket"):
            raise _InexpressibleError
        pointer = "/" + (text[1:-1] if kind == "bracket" else text)
        if pointer not in self.fields:
            raise _InexpressibleError
        self.at += 1
        return pointer


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or not match.lastgroup:
            raise _InexpressibleError
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


def _value(kind: str, text: str) -> Json:
    if kind == "string":
        return text[1:-1]
    if kind == "number":
        return float(text) if "." in text else int(text)
    return text.lower() == "true"


def _stated(formula: Formula, line: int) -> Iterator[RuleFact]:
    """Yield the rules of a formula that holds without a condition."""
    if formula[0] == "compare":
        yield RuleFact("compare", (formula[1], formula[3]), line, op=formula[2])
        return
    if formula[0] == "or":
        formula = ("kind", "at_least_one", *formula[1:])
    if formula[0] != "kind":
        raise _InexpressibleError
    kind, parts = formula[1], formula[2:]
    if all(part[0] == "present" for part in parts):
        yield RuleFact(kind, tuple(part[1] for part in parts), line)
    elif kind == "at_least_one":
        yield from _clauses(parts, line)
    elif kind == "all_or_none" and sorted(part[0] for part in parts) == ["is", "present"]:
        present, equal = sorted(parts, key=lambda part: str(part[0]), reverse=True)
        when = _condition(equal)
        yield RuleFact("required_if", (present[1],), line, when)
        yield RuleFact("forbidden_if", (present[1],), line, {**when, "not": True})
    else:
        raise _InexpressibleError


def _clauses(parts: tuple[Formula, ...], line: int) -> Iterator[RuleFact]:
    """Yield `a or (b and c)` as `a or b` and `a or c`."""
    clauses: list[tuple[str, ...]] = [()]
    for part in parts:
        members = part[1:] if part[0] == "and" else (part,)
        if any(member[0] != "present" for member in members) or len(clauses) * len(members) > 16:
            raise _InexpressibleError
        clauses = [(*clause, member[1]) for clause in clauses for member in members]
    for clause in clauses:
        yield RuleFact("at_least_one", clause, line)


def _conditional(condition: Formula, then: Formula, line: int) -> Iterator[RuleFact]:
    """Yield the rules of IF condition THEN then."""
    if then[0] == "and":
        for part in then[1:]:
            yield from _conditional(condition, part, line)
    elif then[0] == "present":
        yield RuleFact("required_if", (then[1],), line, _condition(condition))
    elif then[0] == "not" and then[1][0] == "present":
        yield RuleFact("forbidden_if", (then[1][1],), line, _condition(condition))
    elif then[0] == "or" and all(part[0] == "present" for part in then[1:]):
        absent = [{"field": part[1], "is": "absent"} for part in then[2:]]
        yield RuleFact("required_if", (then[1][1],), line, {"all": [_condition(condition), *absent]})
    elif then[0] == "is" or (then[0] == "not" and then[1][0] == "is"):
        for part in condition[1:] if condition[0] == "or" else (condition,):
            if part[0] != "present":
                raise _InexpressibleError
            yield RuleFact("forbidden_if", (part[1],), line, _condition(("not", then)))
    else:
        raise _InexpressibleError


def _condition(formula: Formula) -> dict[str, Json]:
    """Return a formula as a rule's condition."""
    match formula:
        case ("present", field):
            return {"field": field, "is": "present"}
        case ("is", field, value):
            return {"field": field, "is": value}
        case ("not", ("not", inner)):
            return _condition(inner)
        case ("not", ("present", field)):
            return {"field": field, "is": "absent"}
        case ("not", ("is", field, value)):
            return {"field": field, "is": value, "not": True}
        case ("and" | "or" as word, *parts):
            conditions = [_condition(part) for part in parts]
            if any("field" not in part for part in conditions):
                raise _InexpressibleError
            return {"all" if word == "and" else "any": conditions}
    raise _InexpressibleError
