"""Good values side by side: each two fields stand together in some accepted body, unless rules forbid it.

Most of what servers refuse by mistake is refused for two fields at once. Bodies that tell of one value take along what
has not yet stood together; what is left then has bodies of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations
from typing import Any

from specs import pointers
from specs.model import Field, Operation
from specs.worlds import Choice

Trait = tuple[str, Hashable]
Body = dict[str, Any]
_FEW = 3
"""Of fields with so few values it is the values that stand together, of others that they are there at all."""


class Pairs:
    """What has stood together in the accepted bodies of an operation; `ways` are the good values of its fields."""

    def __init__(self, operation: Operation, ways: Iterable[tuple[Field, Choice]]) -> None:
        self._operation = operation
        self._values: dict[str, list[Any]] = {}
        for field, choice in ways:
            name, *rest = pointers.split(field.pointer)
            if not rest and choice.present and choice.domain.kind == "values":
                self._values.setdefault(name, []).extend(choice.domain.values)
        self._few = {name for name, values in self._values.items() if len(values) <= _FEW}
        self._seen: set[frozenset[Trait]] = set()
        self._bodies: dict[frozenset[Trait], Body] = {}

    def note(self, body: Body) -> None:
        """Note what stands together in an accepted body."""
        for name, value in body.items():
            if value is not None:  # of lists and objects the first that there is
                self._values.setdefault(name, [value])
        self._bodies.setdefault(frozenset(self._traits(body)), body)
        self._seen |= self._pairs(body)

    def join(self, body: Body) -> Body:
        """Return the body with all fields that have not yet stood beside one of its own."""
        verdict = self._operation.validate(body)
        for name in self._values:
            if name in body:
                continue
            made = [{**body, name: value} for value in self._good(name)]
            news = {self._news(changed): changed for changed in reversed(made)}  # of equals, the first
            best = max(news, default=0)
            if best > self._news(body) and self._operation.validate(news[best]) == verdict:
                body = news[best]
        return body

    def rest(self) -> Iterator[Body]:
        """Yield bodies for all that has not stood together, and can."""
        given = [{name: value} for name in self._values for value in self._good(name)]
        for one, other in combinations(given, 2):
            both = {**one, **other}
            if self._news(both):
                made = ({**body, **both} for body in self._bodies.values())
                fitting = next((body for body in made if not self._operation.validate(body)), None)
                if fitting is not None:
                    joined = self.join(fitting)
                    self.note(joined)
                    yield joined

    def _good(self, name: str) -> list[Any]:
        return self._values[name] if name in self._few else self._values[name][:1]

    def _news(self, body: Body) -> int:
        return len(self._pairs(body) - self._seen)

    def _pairs(self, body: Body) -> set[frozenset[Trait]]:
        return set(map(frozenset, combinations(self._traits(body), 2)))

    def _traits(self, body: Body) -> list[Trait]:
        given = ((name, value) for name, value in body.items() if value is not None)
        return [(name, value if name in self._few else ...) for name, value in given]
