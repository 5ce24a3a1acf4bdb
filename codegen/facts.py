"""Facts: what a reader found on a page, each with its line. Nothing is decided here.

`Facts.as_json` is the format of `reelspec extract PAGE --json` (DESIGN §4).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from specs import pointers

Location = Literal["body", "query", "path", "header", "response"]
Json = Any
"""A JSON value as Python's json module reads it."""


class _Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Says that a page states no default; `None` would be a stated `null`."""


@dataclass(frozen=True, slots=True)
class FieldFact:
    """One documented parameter or response member.

    `pointer` is a JSON pointer from the body's or response's root with `*` for an array's items; for query, path and
    header it is `/name`. `type` is a JSON Schema type name, a list of them, or None where the page gives none.
    """

    location: Location
    pointer: str
    type: str | tuple[str, ...] | None
    required: bool | None
    line: int
    schema: dict[str, Json] = field(default_factory=dict)
    default: Json | _Missing = MISSING

    def as_json(self) -> dict[str, Json]:
        """Return the row of the facts JSON."""
        row: dict[str, Json] = {
            "in": self.location,
            "pointer": self.pointer,
            "type": list(self.type) if isinstance(self.type, tuple) else self.type,
            "required": self.required,
            "schema": self.schema,
            "line": self.line,
        }
        if not isinstance(self.default, _Missing):
            row["default"] = self.default
        return row


@dataclass(frozen=True, slots=True)
class RuleFact:
    """One cross-field rule as a page states it; the kinds are those of DESIGN §4."""

    kind: str
    fields: tuple[str, ...]
    line: int
    when: dict[str, Json] | None = None
    op: str | None = None
    total: str | None = None
    schema: dict[str, Json] | None = None

    def as_json(self) -> dict[str, Json]:
        """Return the row of the facts JSON; members that are absent are left out."""
        row: dict[str, Json] = {"kind": self.kind, "fields": list(self.fields)}
        for name in ("when", "op", "total", "schema"):
            if (value := getattr(self, name)) is not None:
                row[name] = value
        return {**row, "line": self.line}


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence that carries the marks of a constraint and yielded nothing."""

    line: int
    text: str

    @property
    def brief(self) -> str:
        """The sentence on one line, at most 160 characters of it."""
        return _brief(self.text)

    @property
    def told(self) -> str:
        """What there is to tell of it."""
        return f"a sentence like a constraint was not understood: {self.brief}"

    def as_json(self) -> dict[str, Json]:
        """Return the row of the facts JSON."""
        return {"line": self.line, "text": self.text}


@dataclass(frozen=True, slots=True)
class Said:
    """A value and the line that states it."""

    line: int
    value: Json


@dataclass(frozen=True, slots=True)
class Disputed:
    """A keyword of one field of which a page says different things.

    `keyword` is one of JSON Schema, `default` or, inside of another, such as `x-media/maxBytes`.
    """

    location: Location
    pointer: str
    keyword: str
    said: tuple[Said, ...]

    @property
    def line(self) -> int:
        """The line of the first statement."""
        return self.said[0].line

    @property
    def text(self) -> str:
        """What is said, without lines: the same wherever it stands."""
        return f"{self.location} {self.pointer} {self.keyword}: {json.dumps([one.value for one in self.said])}"

    @property
    def brief(self) -> str:
        """Every value with its line."""
        said = " and ".join(f"{_brief(json.dumps(s.value, ensure_ascii=False))} on line {s.line}" for s in self.said)
        return f"`{self.keyword}` of `{pointers.name(self.pointer)}` is {said}"

    @property
    def told(self) -> str:
        """What there is to tell of it."""
        return f"statements differ: {self.brief}"

    def as_json(self) -> dict[str, Json]:
        """Return the row of the facts JSON."""
        return {
            "in": self.location,
            "pointer": self.pointer,
            "keyword": self.keyword,
            "said": [{"line": one.line, "value": one.value} for one in self.said],
        }


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 160 else words[:159] + "…"


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """One HTTP method and path with its fields and rules; method and path are None where the page names none."""

    method: str | None
    path: str | None
    server: str | None
    fields: tuple[FieldFact, ...]
    rules: tuple[RuleFact, ...] = ()
    deprecated: bool = False

    def as_json(self) -> dict[str, Json]:
        """Return the operation's part of the facts JSON; `deprecated` only where it is."""
        return {
            "method": self.method,
            "path": self.path,
            "server": self.server,
            **({"deprecated": True} if self.deprecated else {}),
            "fields": [f.as_json() for f in self.fields],
            "rules": [r.as_json() for r in self.rules],
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found on one page. `sha256` is of the page's bytes, in hex."""

    title: str | None
    format: str
    sha256: str
    operations: tuple[OperationFacts, ...]
    unread: tuple[Unread, ...] = ()
    disputed: tuple[Disputed, ...] = ()

    @property
    def doubts(self) -> tuple[Unread | Disputed, ...]:
        """What a person has to look at: sentences that were not understood, and statements that differ."""
        return (*self.unread, *self.disputed)

    def as_json(self) -> dict[str, Json]:
        """Return the facts JSON."""
        return {
            "page": {"title": self.title, "format": self.format, "sha256": self.sha256},
            "operations": [o.as_json() for o in self.operations],
            "unread": [u.as_json() for u in self.unread],
            "disputed": [d.as_json() for d in self.disputed],
        }
