"""Gathers what sentences yield: keywords joined by field, each rule once, of contradictions what all sides say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from codegen.facts import MISSING, Json, Location, RuleFact, Said, Unread, _Missing
from codegen.phrases.phrase import Keywords, Rule, SameAs, Yield
from codegen.phrases.statement import Constraint, KnownField, Reading

Place = tuple[Location, str]


@dataclass(slots=True)
class _Field:
    """What is known of one field so far."""

    line: int
    schema: dict[str, Json] = field(default_factory=dict)
    default: Json | _Missing = MISSING
    said: dict[str, list[Said]] = field(default_factory=dict)
    """What was said by keyword, different values only; `x-media/maxBytes` is a keyword inside another."""

    def join(self, known: dict[str, Json], new: Mapping[str, Json], line: int, prefix: str = "") -> None:
        """Join keywords into those known; where statements differ, what all of them say is left."""
        for name, value in new.items():
            path = prefix + name
            if isinstance(value, Mapping):
                self.join(known.setdefault(name, {}), value, line, path + "/")
            elif name == "formats" and name in known:
                known[name] = list(dict.fromkeys([*known[name], *value]))
            elif name == "encodings" and name in known:
                if set(value) < set(known[name]):
                    known[name] = [v for v in ("url", "base64", "data-uri") if v in value]
            elif self.differs(path, line, value):
                known.pop(name, None)
                if (kept := _common(name, [one.value for one in self.said[path]])) is not MISSING:
                    known[name] = kept

    def differs(self, path: str, line: int, value: Json) -> bool:
        """Keep what is said of a keyword; return whether nothing before said the same."""
        before = self.said.setdefault(path, [])
        new = not any(one.value == value for one in before)
        if new:
            before.append(Said(line, value))
        return new


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
        if not isinstance(item.default, _Missing):
            known.differs("default", line, item.default)
            known.default = known.said["default"][0].value
        known.join(known.schema, item.schema, line)

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
            Constraint(
                location, pointer, f.schema, f.line, f.default, {path: tuple(said) for path, said in f.said.items()}
            )
            for (location, pointer), f in self._fields.items()
            if f.said
        )
        return Reading(constraints, tuple(self._rules.values()), unread)


def _plain(value: Mapping[str, Json] | None) -> dict[str, Json] | None:
    return cast("dict[str, Json]", json.loads(json.dumps(value))) if value is not None else None


def _common(name: str, values: list[Json]) -> Json | _Missing:
    """Return what different statements of one keyword have in common: the list of values that holds all others.

    Of limits nothing is kept: those that differ mostly belong to cases that the sentences tell apart.
    """
    if len(values) == 1:
        return values[0]
    if name != "enum":
        return MISSING
    widest = max(values, key=len)
    return widest if all(one in widest for listed in values for one in listed) else MISSING
