"""What runs when a request is checked: violations, and the few helpers that rendered rules call.

Standard library only and nothing of ours: the code generator copies this file into every client, so that client, mock
and tests speak of a refused request in the same terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any, Literal, TypeGuard

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact stands: a page and line (1-based), or the reason why it was inferred."""

    page: str | None = None
    line: int | None = None
    inferred: str | None = None

    def __str__(self) -> str:
        place = f"{self.page}:{self.line}" if self.line else (self.page or "")
        if self.inferred:
            return f"inferred: {self.inferred}" + (f" ({place})" if place else "")
        return place or "no source"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule as far as it is needed to report that it is broken.

    `fields` are JSON pointers with `*` for an array's items; `allowed` says in English what would be accepted.
    """

    id: str
    fields: tuple[str, ...]
    message: str
    allowed: str
    source: Source = field(default_factory=Source)
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a request.

    `rule` is the id of a rule, or `field.keyword` for a limit of a single field; `pointers` are the places in the body,
    `given` their values (an absent field is left out), `allowed` what would be accepted. A warning does not refuse.
    """

    rule: str
    pointers: tuple[str, ...]
    given: Mapping[str, Any]
    allowed: Any
    message: str
    source: Source = field(default_factory=Source)
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.message} [{self.rule}; {self.source}]"

    def as_json(self) -> dict[str, Any]:
        """Return the violation for an error body or a report."""
        return {
            "rule": self.rule,
            "pointers": list(self.pointers),
            "given": dict(self.given),
            "allowed": self.allowed,
            "message": self.message,
            "source": str(self.source),
            "severity": self.severity,
        }


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Tell whether the value is an array."""
    return isinstance(value, list)


def is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether the value is an object."""
    return type(value) is dict or isinstance(value, Mapping)  # the first is ten times faster


def violation(check: Check, body: Mapping[str, Any]) -> Violation:
    """Report that `body` breaks the rule: the values at its fields are looked up here, off the fast path."""
    given: dict[str, Any] = {}
    for pointer in check.fields:
        if pointer.rfind("/") == 0 and "~" not in pointer:  # a field of the body itself, as most are
            if (value := body.get(pointer[1:])) is not None:
                given[pointer] = value
        else:
            given.update([found for found in _places(body, pointer.split("/"), 1, "") if found[1] is not None])
    pointers = tuple(given) or check.fields
    return Violation(check.id, pointers, given, check.allowed, check.message, check.source, check.severity)


def places(value: Any, pointer: str, at: str = "") -> Iterator[tuple[str, Any]]:
    """Return the concrete pointer and value of every place in `value` that `pointer` (with `*`) names."""
    return iter(_places(value, pointer.removeprefix("/").split("/") if pointer else [], 0, at))


def _places(value: Any, names: Sequence[str], position: int, at: str) -> list[tuple[str, Any]]:
    for place in range(position, len(names)):
        name = names[place]
        if name == "*":
            if not is_array(value):
                return []
            listed = enumerate(value)
            if place + 2 == len(names) and "~" not in (last := names[-1]) and last != "*":
                return [(f"{at}/{n}/{last}", item[last]) for n, item in listed if is_object(item) and last in item]
            return [found for index, item in listed for found in _places(item, names, place + 1, f"{at}/{index}")]
        key = name.replace("~1", "/").replace("~0", "~") if "~" in name else name
        if not is_object(value) or key not in value:
            return []
        value, at = value[key], f"{at}/{name}"
    return [(at, value)]


def member(value: Any, *names: str) -> Any:
    """Return the nested member, or None where a step is missing or no object."""
    for name in names:
        if not is_object(value):
            return None
        value = value.get(name)
    return value


def items(value: Any, *names: str) -> Sequence[Mapping[str, Any]]:
    """Return the objects in the array at `names`; what is no array or no object has none (its type is refused)."""
    for position, name in enumerate(names):
        if name == "*":
            if not is_array(value):
                return ()
            return [found for item in value for found in items(item, *names[position + 1 :])]
        value = value.get(name) if is_object(value) else None
    if not is_array(value):
        return ()
    return [item for item in value if is_object(item)]


def number(value: Any) -> float | int | None:
    """Return the number that the value is, or None: `true` is none, a string is none."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def compared(left: Any, op: str, right: Any) -> bool:
    """Compare two numbers; where one is absent or no number there is nothing to refuse."""
    one = left if type(left) is int else number(left)
    two = right if type(right) is int else number(right)
    if one is None or two is None:
        return True
    if op == "==":
        return one == two
    if op == "!=":
        return one != two
    if op == "<":
        return one < two
    if op == "<=":
        return one <= two
    return one > two if op == ">" else one >= two


def total(shots: Any, names: tuple[str, ...], default: Any) -> float | int | None:
    """Return the sum over an array's items, an absent member counting as `default`.

    None where the array is absent, where a member is no number, or where one is absent that has no default.
    """
    if not is_array(shots):
        return None
    found: float | int = 0
    only = names[0] if len(names) == 1 else None
    for item in shots:
        if only is not None:
            value = item.get(only) if is_object(item) else None
        else:
            value = member(item, *names) if is_object(item) else item if not names else None
        term = default if value is None else value
        if type(term) is not int and (term := number(term)) is None:
            return None
        found += term
    return found


def mentioned(text: Any, pattern: str, listed: Any) -> bool:
    """Tell whether every number that `pattern` captures in the text is a 1-based place in the list."""
    if not isinstance(text, str):
        return True
    count = len(listed) if is_array(listed) else 0
    found = [number.lstrip("0") for number in re.findall(pattern, text, re.ASCII)]
    return all(digits and len(digits) <= len(str(count)) and int(digits) <= count for digits in found)


def satisfies(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether the value is absent or keeps the limits; a limit of another type does not apply (JSON Schema)."""
    return value is None or not exceeded(value, schema)


def exceeded(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return the keywords that the value breaks; type, and what is no limit of a single value, are not looked at."""
    return [name for name, limit in schema.items() if name in _KEYWORDS and not _KEYWORDS[name](value, limit)]


def is_a(value: Any, kinds: Sequence[str]) -> bool:
    """Tell whether the value is of one of the JSON Schema types: `true` is no number, and neither is NaN."""
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, float) and not isfinite(value):
        return False
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return True
    return any(isinstance(value, _CLASSES[kind]) for kind in kinds)


_CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": Mapping,
    "null": type(None),
}  # fmt: skip


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a JSON Schema pattern as Python reads it: a dollar sign is the very end, classes of characters are ASCII.

    Raises re.error for what Python cannot read.
    """
    ends = re.sub(
        r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", lambda m: r"\Z" if m[0] == "$" else m[0], pattern, flags=re.DOTALL
    )
    return re.compile(ends, re.ASCII)


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _unique(value: Any, wanted: bool) -> bool:
    return not wanted or not is_array(value) or len(set(map(_frozen, value))) == len(value)


def _frozen(value: Any) -> Any:
    """Return what is equal where the values are equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if is_object(value):
        return frozenset((name, _frozen(member)) for name, member in value.items())
    if is_array(value):
        return tuple(map(_frozen, value))
    return (type(value), value) if isinstance(value, bool) else value


def _length(value: Any, op: str, limit: int) -> bool:
    return not isinstance(value, str) or compared(len(value), op, limit)


def _count(value: Any, op: str, limit: int) -> bool:
    return not is_array(value) or compared(len(value), op, limit)


def _multiple(value: Any, step: float) -> bool:
    found = number(value)
    return found is None or abs(found / step - round(found / step)) < 1e-9


_KEYWORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "enum": lambda value, limit: any(_same(value, allowed) for allowed in limit),
    "const": _same,
    "pattern": lambda value, limit: not isinstance(value, str) or compile_pattern(limit).search(value) is not None,
    "uniqueItems": _unique,
    "minimum": lambda value, limit: compared(value, ">=", limit),
    "maximum": lambda value, limit: compared(value, "<=", limit),
    "exclusiveMinimum": lambda value, limit: compared(value, ">", limit),
    "exclusiveMaximum": lambda value, limit: compared(value, "<", limit),
    "multipleOf": _multiple,
    "minLength": lambda value, limit: _length(value, ">=", limit),
    "maxLength": lambda value, limit: _length(value, "<=", limit),
    "minItems": lambda value, limit: _count(value, ">=", limit),
    "maxItems": lambda value, limit: _count(value, "<=", limit),
}
