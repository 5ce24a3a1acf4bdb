"""What a reader of pages hands over: operations with fields, and the prose that describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codegen.facts import FieldFact, RuleFact, Unread
    from codegen.phrases.statement import Statement


@dataclass(frozen=True, slots=True)
class OperationReading:
    """One operation as a page's format states it; `rules` only where the format has a formal notation for them.

    `one_line` says that a statement stands on one line of the page however many newlines its text has, as in JSON.
    """

    method: str | None
    path: str | None
    server: str | None
    fields: tuple[FieldFact, ...]
    statements: tuple[Statement, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    one_line: bool = False


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one page holds. `notes` is what the reader itself could not make out, each with its line."""

    title: str | None
    format: str
    operations: tuple[OperationReading, ...]
    notes: tuple[Unread, ...] = ()
