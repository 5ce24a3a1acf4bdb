"""A rule: one constraint that ties several fields together, as data (DESIGN §4).

    kind           meaning
    at_most_one    no two of `fields` together
    exactly_one    one and only one of `fields`
    at_least_one   one or more of `fields`
    all_or_none    `fields` together or not at all
    required_if    `when` holds, so `fields[0]` must be present
    forbidden_if   `when` holds, so `fields[0]` must be absent
    ignored_if     `when` holds, so `fields[0]` has no effect: a warning
    values_if      `when` holds, so `fields[0]` must satisfy `schema`
    compare        fields[0] op fields[1]; a `*` means: for each item
    sum            the sum of fields[0] over the items op `total`
    refers_to      each number that `schema.pattern` captures in fields[0] is a place (from 1) in the array fields[1]

Present means: the key is there and not null. Where a rule reads a value, the field's default stands for an absent one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from specs.checks import Severity, Source

Kind = Literal[
    "at_most_one", "exactly_one", "at_least_one", "all_or_none", "required_if", "forbidden_if", "ignored_if",
    "values_if", "compare", "sum", "refers_to",
]  # fmt: skip
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Status = Literal["stated", "inferred", "contradicted"]

KINDS: tuple[str, ...] = get_args(Kind)
OPERATORS: tuple[str, ...] = get_args(Operator)
STATUSES: tuple[str, ...] = get_args(Status)
CONDITIONAL = ("required_if", "forbidden_if", "ignored_if", "values_if")
"""The kinds that need `when`."""


@dataclass(frozen=True, slots=True)
class Is:
    """`field` is present, absent, or one of `values`; `negated` turns it round."""

    field: str
    state: Literal["present", "absent", "value"]
    values: tuple[Any, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of the parts hold."""

    parts: tuple[Is, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One or more of the parts hold."""

    parts: tuple[Is, ...]


Condition = Is | Every | Some


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one operation. `decision` says what was decided where the sources contradict each other."""

    id: str
    kind: Kind
    fields: tuple[str, ...]
    when: Condition | None = None
    op: Operator | None = None
    total: str | None = None
    schema: Mapping[str, Any] | None = None
    source: Source = field(default_factory=Source)
    status: Status = "stated"
    decision: str | None = None

    @property
    def severity(self) -> Severity:
        """A rule about a field without effect warns; every other one refuses."""
        return "warning" if self.kind == "ignored_if" else "error"

    def mentioned(self) -> Iterator[str]:
        """Yield every pointer that the rule names, in the order of its members."""
        yield from self.fields
        if self.total is not None:
            yield self.total
        for part in parts(self.when):
            yield part.field


def parts(condition: Condition | None) -> tuple[Is, ...]:
    """Return the statements that a condition is made of."""
    if condition is None:
        return ()
    return (condition,) if isinstance(condition, Is) else condition.parts
