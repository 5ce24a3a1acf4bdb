"""What differs from provider to provider, as data. The generator writes it; everything else reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from specs.checks import Check, Source, is_array, is_object

if TYPE_CHECKING:
    from specs.media import Media

Names = tuple[str, ...]
"""The names of a JSON pointer, unescaped; `*` stands for the items of an array."""


class Described(NamedTuple):
    """A documented parameter: its pointer, its JSON Schema limits as stated, and where they stand."""

    pointer: str
    limits: Mapping[str, Any]
    source: Source = Source()
    required: bool = False


class Summed(NamedTuple):
    """An array whose members' sum is another parameter, which is filled in where it is left out."""

    array: str
    member: str
    default: float | None
    total: str
    text: str | None = None


class TaskShape(NamedTuple):
    """How a task is followed: where each quantity stands in the two answers, and what the status words mean."""

    poll: str
    parameter: str
    submitted: Mapping[str, tuple[Names, ...]]
    polled: Mapping[str, tuple[Names, ...]]
    statuses: Mapping[str, str]
    expected_base: float
    expected_per_second: float
    duration: Names = ()


@dataclass(frozen=True)
class Operation:
    """One operation as the client needs it.

    `elsewhere` maps a parameter to "path" or "query"; all others are members of the body. `renamed` maps the Python
    name of a parameter to the provider's. `holds` and `broken` are rendered: whether a body surely keeps all limits and
    rules (None where there is no body), and which rules any body breaks; `checks` says what each of these is.
    """

    id: str
    method: str
    path: str
    summary: str
    package: str
    answer_model: str | None = None
    described: tuple[Described, ...] = ()
    checks: tuple[Check, ...] = ()
    holds: Callable[[dict[str, Any]], bool] | None = None
    broken: Callable[[Mapping[str, Any]], list[int]] | None = None
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    elsewhere: Mapping[str, Literal["path", "query"]] = field(default_factory=dict[str, Literal["path", "query"]])
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    summed: Summed | None = None
    task: TaskShape | None = None

    @cached_property
    def by_pointer(self) -> Mapping[str, Described]:
        """The parameters by their pointer."""
        return {found.pointer: found for found in self.described}

    @cached_property
    def members(self) -> Mapping[str, Mapping[str, Described]]:
        """The members of each object that has documented ones, by its pointer; that of the body is empty."""
        found: dict[str, dict[str, Described]] = {}
        for described in self.described:
            holder, _, name = described.pointer.rpartition("/")
            if name != "*":
                found.setdefault(holder, {})[name.replace("~1", "/").replace("~0", "~")] = described
        return found

    def model(self, name: str | None) -> Any:
        """Return a pydantic model of the package, which are imported when an answer is made one."""
        return None if name is None else getattr(import_module(f"{self.package}.models"), name)

    @cached_property
    def media_limits(self) -> tuple[tuple[str, Media], ...]:
        """The media limits, ready to be checked, by the pointer of their field."""
        from specs.media import Media  # only files need it

        return tuple((pointer, Media(**limits)) for pointer, limits in self.media.items())

    @cached_property
    def media_names(self) -> Mapping[str, bool]:
        """The members of the body that are files or hold some, each with whether it may be a URL itself."""
        return {
            pointer.split("/")[1].replace("~1", "/").replace("~0", "~"): "url" in limits.get("encodings", ("url",))
            for pointer, limits in self.media.items()
        }

    @cached_property
    def compound(self) -> tuple[str, ...]:
        """The members of the body that are arrays or objects, by their names."""
        simple = {"string", "integer", "number", "boolean", "null"}
        members = self.members.get("", {}).items()
        return tuple(name for name, found in members if not simple.issuperset(types(found.limits) or ("any",)))

    @cached_property
    def dump(self) -> Callable[[Any], bytes]:
        """What writes a body as JSON."""
        from pydantic_core import SchemaSerializer  # the first request needs it

        return SchemaSerializer({"type": "any"}).to_json

    def expected(self, duration: float) -> float:
        """Return the seconds that a video of `duration` seconds is expected to take."""
        return 60.0 if self.task is None else self.task.expected_base + self.task.expected_per_second * duration


class Provider(NamedTuple):
    """One provider as the client needs it. `environment` is the prefix of its environment variables."""

    name: str
    title: str
    package: str
    version: str
    base_url: str
    environment: str
    header: str
    prefix: str
    error_parts: Mapping[str, Names]
    meanings: Mapping[str, str]
    operations: Mapping[str, Operation]


def types(limits: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON Schema types that are stated; none is any."""
    stated = limits.get("type") or ()
    return (stated,) if isinstance(stated, str) else tuple(stated)


def first(value: Any, *places: Names) -> Any:
    """Return the first value found at any of the places, or None; the first item stands for `*`."""
    return next((found for place in places for found in every(value, place) if found is not None), None)


def every(value: Any, names: Names) -> list[Any]:
    """Return the values at the place, one for each item where it has a `*`."""
    for position, name in enumerate(names):
        if name == "*":
            items = value if is_array(value) else []
            return [found for item in items for found in every(item, names[position + 1 :])]
        if not is_object(value) or name not in value:
            return []
        value = value[name]
    return [value]
