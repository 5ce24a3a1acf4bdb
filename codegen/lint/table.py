"""Providers of one model side by side: who documents which parameter, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codegen.lint.finding import Finding
from specs import english, pointers
from specs.model import Contract, Field, Operation
from specs.rules.formula import ABSENT

TIERS = frozenset({"std", "pro", "4k", "0"})
"""Words of an operation's id that tell a quality, not a model."""
NOTHING = "–"
STAR = " *"


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter: what each column says of it. A star at the end marks what no page of the provider says."""

    name: str
    cells: tuple[str, ...]

    @property
    def agreed(self) -> bool:
        """Whether all columns that have it say the same."""
        return len({cell.removesuffix(STAR) for cell in self.cells}) == 1


@dataclass(frozen=True, slots=True)
class Table:
    """One model: a column for each operation that serves it."""

    model: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(contracts: Iterable[Contract]) -> Iterator[Table]:
    """Yield a table for each model that more than one provider serves."""
    models: dict[str, list[tuple[Contract, Operation]]] = {}
    for contract in contracts:
        for operation in contract.submits:
            models.setdefault(model(operation.id), []).append((contract, operation))
    for name, served in sorted(models.items()):
        if len({contract.provider for contract, _ in served}) > 1:
            yield _table(name, served)


def model(operation_id: str) -> str:
    """Return what an operation serves: `kling_v3_0_pro_i2v` is kling v3 i2v."""
    return " ".join(word for word in operation_id.split("_") if word not in TIERS)


def _table(name: str, served: Sequence[tuple[Contract, Operation]]) -> Table:
    columns = [_column(operation) for _, operation in served]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [Row(name, tuple(column.get(name, NOTHING) for column in columns)) for name in names]
    return Table(name, tuple(f"{c.provider} {o.id}" for c, o in served), tuple(rows))


def _column(operation: Operation) -> dict[str, str]:
    """Return the cells of one operation; what tells the video has its role for a name, for names differ."""
    roles = {pointer: role for role, pointer in (operation.task.video if operation.task else {}).items()}
    found = {}
    for field in operation.at("body"):
        role = roles.get(field.pointer)
        found[role or pointers.name(field.pointer)] = cell(field, role)
    return found


def cell(field: Field, role: str | None = None) -> str:
    """Return what is said of the field: type, whether it is required, limits, default."""
    limits = english.limits({k: v for k, v in field.schema.items() if k != "format"})
    parts = [english.listing([kind for kind in field.types if kind != "null"] or ["any"], "or")]
    if field.required:
        parts.append("required")
    if field.default is not ABSENT:
        parts.append(f"default {english.value(field.default)}")
    said = ", ".join([*parts, *limits])
    if role is not None and field.name != role:
        said = f"{field.name}: {said}"
    return said + (STAR if field.source.inferred else "")


def findings(table: Table) -> Iterator[Finding]:
    """Yield the parameters in which the columns differ."""
    for row in table.rows:
        if not row.agreed:
            said = "; ".join(f"{', '.join(columns)}: {cell}" for cell, columns in grouped(table, row).items())
            yield Finding("providers-differ", "", f"{table.model} {row.name}", said)


def grouped(table: Table, row: Row) -> dict[str, list[str]]:
    """Return the columns by what they say of the parameter; a star marks those whose provider has no page for it."""
    found: dict[str, list[str]] = {}
    for column, said in zip(table.columns, row.cells, strict=True):
        plain = said.removesuffix(STAR)
        found.setdefault(plain, []).append(column + ("*" if plain != said else ""))
    return found
