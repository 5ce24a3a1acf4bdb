"""What passes between the readers of pages and the reader of phrases: statements in, a reading out.

A page reader knows its format and nothing about constraints; it hands over every description as statements. The phrase
reader knows constraints and nothing about formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codegen.facts import MISSING, Json, Location, RuleFact, Said, Unread, _Missing


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of prose and the line (1-based) it begins on.

    `text` is markdown or plain text as it stands on the page, possibly of several lines (a newline in it advances the
    line number); `subject` is the pointer of the field it describes, None for prose about the operation.
    """

    text: str
    line: int
    subject: str | None = None
    location: Location = "body"


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field of the operation, for resolving what a sentence mentions."""

    location: Location
    pointer: str
    type: str | tuple[str, ...] | None = None
    enum: tuple[Json, ...] = ()
    default: Json | _Missing = MISSING


@dataclass(frozen=True, slots=True)
class Scope:
    """The fields of one operation. Rules speak of request fields: body first, then query, path and header."""

    fields: tuple[KnownField, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """JSON Schema keywords (x-media among them) that prose states of one field, and the line of the first of them.

    `said` holds all that was said by keyword, each value once; `default` and `x-media/maxBytes` are keywords here.
    """

    location: Location
    pointer: str
    schema: Mapping[str, Json]
    line: int
    default: Json | _Missing = MISSING
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the statements of one operation yielded."""

    constraints: tuple[Constraint, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    unread: tuple[Unread, ...] = field(default=())
