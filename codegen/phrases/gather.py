"""Gathers what sentences yield: keywords joined by field, each rule once, contradictions left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from codegen.facts import MISSING, Json, Location, RuleFact, Unread, _Missing
from codegen.phrases.phrase import Keywords, Rule, SameAs, Yield
from codegen.phrases.statement import Constraint, KnownField, Reading

Place = tuple[Location, str]


@dataclass(slots=True)
class _Field:
    """What is known of one field so far."""

    line: int
    schema: dict[str, Json] = field(default_factory=dict)
    default: Json | _Missing = MISSING
    disputed: set[str] = field(default_factory=set)


class Gathered:
    """The constraints and rules of one operation while its sentences are read."""

    def __init__(self) -> None:
        self._fields: dict[Place, _Field] = {}
        self._rules: dict[str, RuleFact] = {}
        self._copies: list[tuple[KnownField, KnownField, int]] = []

    def add(self, item: Yield, subject: KnownField | None, line: int) -> None:
        """Take one yield of a sentence on that line."""
        if isinstance(item, Rule):
            fact = RuleFact(item.kind, item.fields, line, _plain(item.when), item.op, item.total, _plain(item.schema))
            row = fact.as_json()
            del row["line"]
            if item.kind in ("at_most_one", "exactly_one", "at_least_one", "all_or_none"):
                row["fields"] = sorted(row["fields"])
            self._rules.setdefault(json.dumps(row, sort_keys=True, ensure_ascii=False), fact)
        elif isinstance(item, SameAs):
            if subject is not None:
                self._copies.append((subject, item.other, line))
        elif (owner := item.of or subject) is not None:
            self._keywords((owner.location, owner.pointer), item, line)

    def _keywords(self, place: Place, item: Keywords, line: int) -> None:
        known = self._fields.setdefault(place, _Field(line))
        if isinstance(known.default, _Missing):
            known.default = item.default
        _join(known.schema, item.schema, known.disputed)

    def enums(self) -> dict[Place, list[Json]]:
        """Return the lists of values found so far."""
        return {place: f.schema["enum"] for place, f in self._fields.items() if "enum" in f.schema}

    def reading(self, unread: tuple[Unread, ...]) -> Reading:
        """Return all that was gathered; media constraints that one field takes from another are copied now."""
        for subject, other, line in self._copies:
            source = self._fields.get((other.location, other.pointer))
            if source is not None and "x-media" in source.schema:
                self._keywords(
                    (subject.location, subject.pointer), Keywords({"x-media": source.schema["x-media"]}), line
                )
        constraints = tuple(
            Constraint(location, pointer, f.schema, f.line, f.default)
            for (location, pointer), f in self._fields.items()
            if f.schema or not isinstance(f.default, _Missing)
        )
        return Reading(constraints, tuple(self._rules.values()), unread)


def _plain(value: Mapping[str, Json] | None) -> dict[str, Json] | None:
    return cast("dict[str, Json]", json.loads(json.dumps(value))) if value is not None else None


_LISTS = {"formats", "encodings"}


def _join(known: dict[str, Json], new: Mapping[str, Json], disputed: set[str], prefix: str = "") -> None:
    """Join keywords into those known; two different values of one keyword cancel each other."""
    for name, value in new.items():
        path = prefix + name
        if path in disputed:
            continue
        if name not in known:
            known[name] = dict(value) if isinstance(value, Mapping) else value
        elif isinstance(value, Mapping):
            _join(known[name], value, disputed, path + "/")
        elif name == "encodings":
            known[name] = (
                [v for v in ("url", "base64", "data-uri") if v in known[name] and v in value]
                if _narrower(known[name], value)
                else known[name]
            )
        elif name == "formats":
            known[name] = list(dict.fromkeys([*known[name], *value]))
        elif known[name] != value:
            disputed.add(path)
            del known[name]


def _narrower(one: list[str], other: list[str]) -> bool:
    return set(other) < set(one)
