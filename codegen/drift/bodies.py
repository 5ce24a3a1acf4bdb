"""Real request bodies that tell the rules of two states apart, all weighed at once.

The worlds of `specs.worlds` are cells: they prove what holds of every request, and leave sums, comparisons, mentions
and items open. Here the same grid holds values, so that every rule is decided and a request can be shown that one state
accepts and the other refuses. What is found so is certain; that nothing is found is as certain as the values are well
chosen: every side of what a rule states of a field, numbers that are less, equal and more, lists of no item, of one, of
two of any kinds, and of as many as rules count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import jsonschema_rs

from codegen.drift.samples import filled
from codegen.drift.values import LEFT, Left, combined, tree
from specs import pointers
from specs.rules.formula import Formula
from specs.rules.model import Rule
from specs.rules.python import compile_rules
from specs.worlds.grid import MOST, Grid, Names, members

Schema = Mapping[str, Any]
MOST_LISTED = 4_096
"""Bodies where rules tie so many fields together that not every combination can be tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One way a field of the body is given: a whole value, or LEFT.

    `fits` tells which states take it, `common` whether it names only fields that both states have, `size` how much
    there is to read.
    """

    value: Any
    fits: tuple[bool, ...]
    common: bool
    size: int


class _Whole(Grid[Given]):
    """Every combination."""

    def parts(self, fields: Sequence[Names]) -> Iterator[tuple[tuple[Given, ...], int]]:
        """Yield the combinations of just these fields, each with the bodies that have it."""
        options = [
            [(choice, self.where(names, lambda one, choice=choice: one is choice))  # type: ignore[misc]
             for choice in self.choices[self.position[names]]] for names in fields
        ]  # fmt: skip
        for chosen in product(*options):
            found = self.all
            for _, bits in chosen:
                found &= bits
            yield tuple(choice for choice, _ in chosen), found


class _Listed(_Whole):
    """Some of the combinations, where there are too many: those that `combined` chooses."""

    def __init__(self, choices: Mapping[Names, Sequence[Given]]) -> None:
        self.fields, self.choices = tuple(choices), tuple(tuple(found) for found in choices.values())
        self.rows = list(combined(self.choices, MOST_LISTED))
        self.size, self.all = len(self.rows), (1 << len(self.rows)) - 1

    def where(self, names: Names, test: Callable[[Given], bool]) -> int:
        position = self.position[names]
        passing = {id(choice) for choice in self.choices[position] if test(choice)}
        return int("0" + "".join("01"[id(row[position]) in passing] for row in reversed(self.rows)), 2)

    def choice(self, world: int, names: Names) -> Given:
        return self.rows[world][self.position[names]]

    def parts(self, fields: Sequence[Names]) -> Iterator[tuple[tuple[Given, ...], int]]:
        places = [self.position[names] for names in fields]
        found: dict[tuple[int, ...], tuple[tuple[Given, ...], int]] = {}
        for number, row in enumerate(self.rows):
            chosen = tuple(row[place] for place in places)
            key = tuple(map(id, chosen))
            found[key] = (chosen, found.get(key, (chosen, 0))[1] | 1 << number)
        yield from found.values()


class Bodies:
    """The bodies that tell some rules apart; `schemas` are the states of the request's schema, newest last.

    A set of bodies is an integer with one bit for each. `known` are the fields that all states have.
    """

    def __init__(self, rules: Sequence[Rule], schemas: Sequence[Schema], known: frozenset[str]) -> None:
        self.schemas, self.known = [dict(schema) for schema in schemas], known
        self.named = _schema_of(pointer for rule in rules for pointer in rule.mentioned())
        choices: dict[Names, list[Given]] = {
            (name,): self._ways(name, node.all()) for name, node in tree(rules, schemas).members.items()
        }
        self.grid = _Whole(choices) if prod(map(len, choices.values())) <= MOST else _Listed(choices)

    def _ways(self, name: str, values: Iterable[Any]) -> list[Given]:
        required = [name in schema.get("required", ()) for schema in self.schemas]
        found = [Given(LEFT, tuple(not one for one in required), common=True, size=0)]
        alone: list[dict[str, Any]] = [
            {keyword: schema[keyword] for keyword in ("properties", "additionalProperties") if keyword in schema}
            for schema in self.schemas
        ]
        validators = [jsonschema_rs.Draft202012Validator(schema) for schema in alone]
        for value in values:
            body = {name: value}
            fits = tuple(
                validator.is_valid(filled(body, schema, self.named))
                for validator, schema in zip(validators, alone, strict=True)
            )
            known = all(pointer in self.known for pointer in _pointers(body))
            found.append(Given(value, fits, known, _size(value)))
        return found

    @cached_property
    def fits(self) -> tuple[int, ...]:
        """The bodies whose fields each state takes."""
        return tuple(self._where(lambda given, state=state: given.fits[state])  # type: ignore[misc]
                     for state in range(len(self.schemas)))  # fmt: skip

    @cached_property
    def common(self) -> int:
        """The bodies that name only fields which all states have."""
        return self._where(lambda given: given.common)

    def _where(self, test: Callable[[Given], bool]) -> int:
        found = self.grid.all
        for names in self.grid.fields:
            found &= self.grid.where(names, test)
        return found

    def broken(self, rule: Rule, formula: Formula) -> int:
        """Return the bodies that break the rule: it is run as in a client, on every combination of its own fields."""
        breaks = compile_rules([formula])
        fields = list(dict.fromkeys((pointers.split(pointer)[0],) for pointer in rule.mentioned()))
        found = 0
        for chosen, bits in self.grid.parts(fields):
            if breaks(_body(zip(fields, chosen, strict=True))):
                found |= bits
        return found

    def smallest(self, found: int, state: int) -> dict[str, Any] | None:
        """Return the smallest body of a set, with all that the state requires besides; None where it takes none.

        What a schema says of the body as a whole is looked at here only.
        """
        if not found:
            return None
        schema = self.schemas[state]
        validator = jsonschema_rs.Draft202012Validator(schema)
        for level in self._levels:
            for world in members(found & level):
                body = filled(_body(self.grid.world(world).items()), schema, self.named)
                if validator.is_valid(body):
                    return body
        return None

    @cached_property
    def _levels(self) -> list[int]:
        """The bodies by how much there is to read in them."""
        found = {0: self.grid.all}
        for position, names in enumerate(self.grid.fields):
            sizes = {given.size for given in self.grid.choices[position]}
            of_size = {size: self.grid.where(names, lambda given, size=size: given.size == size)  # type: ignore[misc]
                       for size in sizes}  # fmt: skip
            longer: dict[int, int] = {}
            for total, bits in found.items():
                for size, having in of_size.items():
                    longer[total + size] = longer.get(total + size, 0) | bits & having
            found = longer
        return [found[size] for size in sorted(found)]


def _body(given: Iterable[tuple[Names, Given]]) -> dict[str, Any]:
    return {names[0]: one.value for names, one in given if not isinstance(one.value, Left)}


def _size(value: Any) -> int:
    """Return how many values and items there are to read."""
    if isinstance(value, Mapping):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _pointers(value: Any, at: str = "") -> Iterator[str]:
    """Yield the pointer of everything that the value names."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield at + pointers.join(name)
            yield from _pointers(member, at + pointers.join(name))
    elif isinstance(value, list):
        for item in value:
            yield from _pointers(item, f"{at}/*")


def _schema_of(named: Iterable[str]) -> Schema:
    """Return a schema of the members that the pointers name, for `samples.filled` to leave alone."""
    root: dict[str, Any] = {}
    for pointer in named:
        holder = root
        for name in pointers.split(pointer):
            if name == "*":
                holder = holder.setdefault("items", {})
            else:
                holder = holder.setdefault("properties", {}).setdefault(name, {})
    return root
