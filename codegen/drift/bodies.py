"""The worlds of some rules as real request bodies: every combination of presence and of the values that rules look at.

Each field gets the values on both sides of every limit that a rule names, an array gets no item or one: rules speak of
each item alone, and a sum over one item can be less, equal or more as well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from codegen.drift.samples import at, sample
from specs import pointers
from specs.rules.model import Rule, parts

Schema = Mapping[str, Any]
MOST = 1_500
"""Bodies of one group of rules. Where there are more combinations, fields get fewer values, then bodies are drawn."""
WIDEST, NARROWEST = 6, 3
"""Values of one field, at most."""


class _Left:
    """The type of LEFT."""


LEFT: Final = _Left()
"""Says that a field is left out."""


@dataclass(frozen=True, slots=True)
class Node:
    """A field that takes part: its own values, or its members where rules name those."""

    values: tuple[Any, ...]
    members: Mapping[str, Node]
    array: bool


def bodies(rules: Sequence[Rule], schemas: Sequence[Schema]) -> list[dict[str, Any]]:
    """Return the bodies that tell the rules apart; `schemas` are the states of the request schema, newest last."""
    named = sorted({pointer for rule in rules for pointer in rule.mentioned()})
    for most in range(WIDEST, NARROWEST - 1, -1):
        root = _tree(named, {pointer: candidates(pointer, rules, schemas, most) for pointer in named}, schemas)
        if _count(root) <= MOST:
            return list(_objects(root))
    chance = random.Random(len(named))  # noqa: S311 (the same bodies each time, nothing secret)
    return [_drawn(root, chance) for _ in range(MOST)]


def candidates(pointer: str, rules: Iterable[Rule], schemas: Sequence[Schema], most: int) -> tuple[Any, ...]:
    """Return the values of a field that can make a difference to the rules, at most `most` of them, wanted ones first.

    Each rule's own values come first, then what lies beside them, then what the schemas say.
    """
    rules = list(rules)
    known = [found for schema in schemas if (found := at(schema, pointer)) is not None]
    wanted: list[Any] = []
    numbers: list[float] = []
    for rule in rules:
        for part in parts(rule.when):
            if part.field == pointer:
                wanted += part.values
        if rule.kind == "values_if" and rule.fields[0] == pointer:
            wanted += _beside(rule.schema or {})
        if rule.kind == "refers_to" and rule.fields[0] == pointer:
            wanted += _mention(str((rule.schema or {})["pattern"]), known)
        if rule.kind in ("compare", "sum") and pointer in (*rule.fields, rule.total):
            numbers += _numbers(rule, schemas)
    wanted += numbers[: most - 1]
    if not any(rule.kind in ("compare", "sum") and pointer in (*rule.fields, rule.total) for rule in rules):
        wanted += [sample(schema, pointers.split(pointer)[-1]) for schema in reversed(known)]
        wanted += [value for schema in known for value in _others(schema)][:2]
    return tuple(_distinct(wanted))[:most] or ("text",)


def _beside(schema: Schema) -> Iterator[Any]:
    """Yield values on both sides of each limit."""
    for keyword, limit in schema.items():
        if keyword in ("enum", "const"):
            yield from limit if keyword == "enum" else [limit]
        elif keyword in ("minLength", "maxLength"):
            yield from ("~" * size for size in (limit - 1, limit, limit + 1) if size >= 0)
        elif keyword in ("minItems", "maxItems"):
            yield from ([None] * size for size in (limit - 1, limit, limit + 1) if size >= 0)
        else:
            yield from (limit, limit + 1, limit - 1)


def _mention(pattern: str, known: Sequence[Schema]) -> Iterator[str]:
    """Yield a text that mentions the first place of a list, where one can be written down from the pattern."""
    text = re.sub(r"\((?:\?P<\w+>)?\\d[+*]?\)|\(\[0-9\][+*]?\)", "1", pattern)
    text = re.sub(r"\\(\W)", r"\1", text)
    if re.findall(pattern, text):
        yield text
    yield sample(known[-1] if known else {}, "text")


def _numbers(rule: Rule, schemas: Sequence[Schema]) -> list[float]:
    """Return three numbers that all fields of the comparison can have, so that each can be less, equal or more."""
    lows, highs, defaults = [0.0], [1e9], []
    for pointer in (*rule.fields, *([rule.total] if rule.total else [])):
        for schema in schemas:
            found = at(schema, pointer) or {}
            lows.append(found.get("minimum", 0))
            highs.append(found.get("maximum", 1e9))
            defaults += [found["default"]] if isinstance(found.get("default"), (int, float)) else []
    middle = defaults[0] if defaults else max(lows) + 1
    near = [middle, middle + 1, middle - 1]
    return [int(n) if float(n).is_integer() else n for n in (*near, *defaults[1:]) if max(lows) <= n <= min(highs)]


def _others(schema: Schema) -> Iterator[Any]:
    if "enum" in schema:
        yield from (value for value in schema["enum"] if value is not None)
    elif schema.get("type") == "boolean":
        yield from (False, True)


def _distinct(values: Iterable[Any]) -> Iterator[Any]:
    seen: set[str] = set()
    for value in values:
        if (key := f"{type(value).__name__} {value!r}") not in seen:
            seen.add(key)
            yield value


def _tree(named: Sequence[str], values: Mapping[str, tuple[Any, ...]], schemas: Sequence[Schema]) -> Node:
    def node(pointer: str) -> Node:
        children = list(dict.fromkeys(
            pointers.split(other)[len(pointers.split(pointer))]
            for other in named if other.startswith(pointer + "/")
        ))  # fmt: skip
        if children == ["*"]:
            below = node(f"{pointer}/*")
            return Node(below.values if not below.members else (), below.members, array=True)
        members = {name: node(pointer + pointers.join(name)) for name in children}
        own = () if members else values.get(pointer, ())
        known = [found for schema in schemas if (found := at(schema, pointer)) is not None]
        if own and not any(isinstance(value, list) for value in own):
            own = tuple(_distinct((*own, *(sample(schema) for schema in known if schema.get("type") == "array"))))
        return Node(own, members, array=False)

    return node("")


def decided(pointers_named: Iterable[str]) -> Schema:
    """Return a schema of the members that the pointers name, for `samples.filled` to leave alone."""
    root: dict[str, Any] = {}
    for pointer in pointers_named:
        holder = root
        for name in pointers.split(pointer):
            holder = (
                holder.setdefault("items", {})
                if name == "*"
                else holder.setdefault("properties", {}).setdefault(name, {})
            )
    return root


def _objects(node: Node) -> Iterator[dict[str, Any]]:
    names = list(node.members)
    for chosen in product(*([LEFT, *_values(node.members[name])] for name in names)):
        yield {name: value for name, value in zip(names, chosen, strict=True) if not isinstance(value, _Left)}


def _values(node: Node) -> list[Any]:
    one: list[Any] = list(_objects(node)) if node.members else list(node.values)
    if not node.array:
        return [value for value in one if value != {}] if node.members else one
    return [[], *([value] for value in one)]


def _count(node: Node) -> int:
    """Return how many objects `_objects` would yield."""
    found = 1
    for member in node.members.values():
        inner = _count(member) if member.members else len(member.values)
        found *= 1 + inner + member.array
    return found


def _drawn(node: Node, chance: random.Random) -> dict[str, Any]:
    """Return one object with members and values drawn by chance, each member absent half of the time."""
    found: dict[str, Any] = {}
    for name, member in node.members.items():
        way = chance.choice((LEFT, LEFT, "one", "none" if member.array else "one"))
        if isinstance(way, _Left) or not (member.members or member.values):
            continue
        value = _drawn(member, chance) if member.members else chance.choice(member.values)
        found[name] = value if not member.array else [] if way == "none" else [value]
    return found
