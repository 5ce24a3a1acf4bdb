"""Good values that ride along: an accepted body tells of a value of many fields at once, so that none needs its own.

A body that stands for a branch of a rule stays one: only what no rule reads is added, and only texts take the place of
texts. To others a text is added wherever that keeps the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from specs import pointers
from specs.checks import places
from specs.domains import domain_of
from specs.model import Field, Operation
from specs.worlds import Choice


class Riders:
    """The good values of an operation's fields that no body has shown yet; `ways` are all that are to be shown."""

    def __init__(self, operation: Operation, ways: Iterable[tuple[Field, Choice]]) -> None:
        self._operation = operation
        self._read = {pointer for rule in operation.rules for pointer in rule.mentioned()}
        self._waiting: dict[str, list[Any]] = {}
        self._wanted: set[tuple[str, bytes]] = set()
        for found, choice in ways:
            if _constant(choice):
                value = choice.domain.values[0]
                self._wanted.add(_key(found.pointer, value))
                if self._rides(found, value):
                    self._waiting.setdefault(found.pointer, []).append(value)

    def _rides(self, found: Field, value: Any) -> bool:
        """Tell whether the value can be given to a body that stands for something else."""
        _, *rest = pointers.split(found.pointer)
        if found.pointer in self._read:
            return not rest and (value is None or domain_of(found.schema).kind == "text")
        return not rest or (len(rest) == 2 and rest[0] == "*")

    def show(self, found: Field, choice: Choice) -> bool:
        """Tell whether no body has shown the choice yet; the next one does."""
        if not _constant(choice):
            return True
        value = choice.domain.values[0]
        return _key(found.pointer, value) in self._wanted

    def mount(self, body: dict[str, Any], *, branch: bool = False) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body with as many waiting values as it takes, and the names of the fields of which it tells.

        A `branch` of a rule takes no nulls: clients leave them out.
        """
        verdict = self._operation.validate(body)
        for pointer, waiting in self._waiting.items():
            for place in _places(body, pointer):
                for value in [value for value in waiting if not branch or value is not None]:
                    changed = self._with(body, pointer, place, value, branch=branch)
                    if changed is not None and self._operation.validate(changed) == verdict:
                        waiting.remove(value)
                        body = changed
                        break
        return body, tuple(self._told(body))

    def _told(self, body: dict[str, Any]) -> Iterator[str]:
        """Yield the fields of which the body shows a good value that none before has shown."""
        for found in self._operation.at("body"):
            shown = {_key(found.pointer, value) for _, value in places(body, found.pointer)} & self._wanted
            if shown:
                self._wanted -= shown
                waiting = self._waiting.get(found.pointer, [])
                waiting[:] = [value for value in waiting if _key(found.pointer, value) not in shown]
                yield pointers.name(found.pointer)

    def _with(
        self, body: dict[str, Any], pointer: str, place: int, value: Any, *, branch: bool
    ) -> dict[str, Any] | None:
        """Return the body with the value there; None where it would be another branch of a rule."""
        name, *rest = pointers.split(pointer)
        if rest:
            items = [{**item, rest[1]: value} if n == place else item for n, item in enumerate(body[name])]
            return {**body, name: items}
        fits = name not in body if value is None else isinstance(body.get(name, None if branch else ""), str)
        return {**body, name: value} if pointer not in self._read or fits else None


def _key(pointer: str, value: Any) -> tuple[str, bytes]:
    return pointer, orjson.dumps(value)


def _constant(choice: Choice) -> bool:
    return choice.domain.kind == "values"


def _places(body: dict[str, Any], pointer: str) -> Iterator[int]:
    """Yield the numbers of the items that take a value; of the body itself, one."""
    held = body.get(pointers.split(pointer)[0]) if "*" in pointer else [{}]
    yield from (number for number, item in enumerate(held or ()) if isinstance(item, dict))
