"""What a reader of pages hands over: operations with fields, and the prose that describes them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codegen.facts import FieldFact, RuleFact, Unread
    from codegen.phrases.statement import Statement


@dataclass(frozen=True, slots=True)
class OperationReading:
    """One operation as a page's format states it; `rules` only where the format has a formal notation for them.

    `folded` holds the indices of statements that stand on one line of the page however many newlines their text has,
    as in JSON and in tables.
    """

    method: str | None
    path: str | None
    server: str | None
    fields: tuple[FieldFact, ...]
    statements: tuple[Statement, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    folded: Container[int] = ()
    deprecated: bool = False


def once(fields: Iterable[FieldFact]) -> tuple[FieldFact, ...]:
    """Return each place once: the first that documents it, as of several media types, answers or tabs."""
    found: dict[tuple[str, str], FieldFact] = {}
    for fact in fields:
        found.setdefault((fact.location, fact.pointer), fact)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one page holds. `notes` is what the reader itself could not make out, each with its line."""

    title: str | None
    format: str
    operations: tuple[OperationReading, ...]
    notes: tuple[Unread, ...] = ()
