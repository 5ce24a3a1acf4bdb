"""Choices: the ways one field can be, absent or with a value of a cell of its domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specs.checks import number
from specs.domains import MISSING, Domain, Schema, first_branch, nullable, values
from specs.rules.formula import ABSENT, Ref
from specs.worlds.grid import Names


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One way a field can be: absent (`domain` then says whether left out or null), or a value of the domain."""

    present: bool
    domain: Domain

    @property
    def value(self) -> Any:
        """A value that stands for all of them; None where the field is absent."""
        return self.domain.sample() if self.present else None

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        if self.domain.kind == "values" and len(self.domain.values) == 1:
            return repr(self.domain.values[0])
        return "present"


def is_present(choice: Choice) -> bool:
    """Tell whether the field is there."""
    return choice.present


def is_list(choice: Choice) -> bool:
    """Tell whether the field is there and a list."""
    return choice.present and choice.domain.kind == "list"


def counts(choice: Choice, ref: Ref) -> bool:
    """Tell whether a comparison, sum or mention can go by the value."""
    if not choice.present:
        return ref.default is not ABSENT and ref.default is not None
    kind = choice.domain.kind
    return (
        kind in ("number", "text", "list")
        or isinstance(sample := choice.domain.sample(), str)
        or number(sample) is not None
    )


def member_schema(root: Schema, names: Names) -> tuple[Schema, bool]:
    """Return the schema of a member and whether it is required in its object; `*` steps into an array's items."""
    schema, required = first_branch(root), True
    for name in names:
        if name == "*":
            schema, required = first_branch(schema.get("items", {})), True
        else:
            required = name in schema.get("required", ())
            schema = first_branch(schema.get("properties", {}).get(name, {}))
    return schema, required


def absences(schema: Schema, *, required: bool) -> tuple[Choice, ...]:
    """Return how a member may be absent: left out where it is optional, null where that is documented."""
    ways = ([] if required else [MISSING]) + ([None] if nullable(schema) else [])
    return (Choice(False, values(*ways)),) if ways else ()
