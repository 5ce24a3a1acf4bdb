"""Response bodies from response schemas: a skeleton with holes, made once, filled for each answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Set
from typing import Any, Generic, TypeVar

import orjson

Subject = TypeVar("Subject")
Getter = Callable[[Subject], Any]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class _Nothing:
    """A member that is left out."""


_NOTHING = _Nothing()
_BEGUN_KEPT = 256
_MARK = "\ue000hole {}\ue001"
_HOLE = re.compile('"\ue000hole (\\d+)\ue001"'.encode())


class Template(Generic[Subject]):
    """The body of one kind of answer. `fill(subject)` returns its JSON as bytes.

    `places` maps pointers (with `*` for the items of an array, of which one is made) to getters of the values
    that stand there; None for one that has no value in this kind of answer. What holds nothing but such is left
    out, unless it is required. Of the members that no place speaks of, optional texts are left out; the others get a
    neutral value of their type.

    `moving` are the places whose values change from one answer about the same thing to the next: `fill_again` keeps the
    rest of a body that was made before.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        places: Mapping[str, Getter[Subject] | None],
        foreign: Set[str] = frozenset(),
        moving: Set[str] = frozenset(),
    ) -> None:
        self._places = places
        self._moving_places = moving
        self._begun: dict[Hashable, bytes] = {}
        self._known = {**dict.fromkeys(foreign), **places}
        self._foreign = foreign
        self._holes: list[tuple[Getter[Subject], Callable[[Any], bytes], bool]] = []
        made = self._value(schema, "")
        parts = _HOLE.split(orjson.dumps({} if isinstance(made, _Nothing) else made))
        holes = [self._holes[int(number)] for number in parts[1::2]]
        self._format = b"%b".join(part.replace(b"%", b"%%") for part in parts[::2])
        self._twice = b"%b".join(part.replace(b"%", b"%%%%") for part in parts[::2])
        self._filled = tuple((get, convert) for get, convert, _ in holes)
        self._moves = tuple(moves for _, _, moves in holes)
        self._moving = tuple((get, convert) for get, convert, moves in holes if moves)

    def fill(self, subject: Subject) -> bytes:
        """Return the body for the subject."""
        return self._format % tuple([convert(get(subject)) for get, convert in self._filled])

    def fill_again(self, subject: Subject, about: Hashable) -> bytes:
        """Return the body for the subject; `about` is equal where all but the moving places are."""
        begun = self._begun.get(about)
        if begun is None:
            if len(self._begun) >= _BEGUN_KEPT:
                self._begun.clear()
            begun = self._begun[about] = self._begin(subject)
        return begun % tuple([convert(get(subject)) for get, convert in self._moving])

    def _begin(self, subject: Subject) -> bytes:
        """Return the format with all but the moving places filled."""
        filled = zip(self._filled, self._moves, strict=True)
        return self._twice % tuple(
            [b"%b" if moves else convert(get(subject)).replace(b"%", b"%%") for (get, convert), moves in filled]
        )

    def _value(self, schema: Mapping[str, Any], at: str) -> Json | _Nothing:
        getter = self._places.get(at)
        if getter is not None:
            self._holes.append((getter, _converter(schema), at in self._moving_places))
            return _MARK.format(len(self._holes) - 1)
        below = [place for place in self._known if place == at or place.startswith(at + "/")]
        if "properties" in schema or "object" in _types(schema):
            return self._object(schema, at, below)
        if "items" in schema or "array" in _types(schema):
            return self._array(schema, at, below)
        return neutral(schema)

    def _object(self, schema: Mapping[str, Any], at: str, below: list[str]) -> Json | _Nothing:
        required = schema.get("required", ())
        members: dict[str, Json] = {}
        for name, member in schema.get("properties", {}).items():
            pointer = at + "/" + name.replace("~", "~0").replace("/", "~1")
            if name not in required and self._left_out(member, pointer):
                continue
            value = self._value(member, pointer)
            if not isinstance(value, _Nothing):
                members[name] = value
            elif name in required:
                members[name] = _example(member)
        return members if members or below or not at else {}

    def _left_out(self, schema: Mapping[str, Any], at: str) -> bool:
        """Tell whether an optional member has nothing to say, or only what this kind of answer does not have."""
        below = [place for place in self._known if place == at or place.startswith(at + "/")]
        if not below:
            return "string" in _types(schema)  # a text that says nothing may be one that no client can read
        if any(self._places.get(place) for place in below):
            return False
        return all(place in self._foreign for place in below) or "properties" in schema

    def _array(self, schema: Mapping[str, Any], at: str, below: list[str]) -> Json | _Nothing:
        if any(self._places.get(place) for place in below):
            item = self._value(schema.get("items", {}), at + "/*")
            return [] if isinstance(item, _Nothing) else [item]
        return _NOTHING if schema.get("minItems") else []


def neutral(schema: Mapping[str, Any]) -> Json | _Nothing:
    """Return the value of a type that says the least; nothing where a limit rules that out."""
    if "const" in schema:
        value: Json = schema["const"]
        return value
    if "enum" in schema:
        first: Json = schema["enum"][0]
        return first
    types = _types(schema)
    if "boolean" in types:
        return False
    if "integer" in types or "number" in types:
        least: int | float = schema.get("minimum", 0)
        return least
    if "string" in types and not any(limit in schema for limit in ("format", "minLength", "pattern")):
        return ""
    return None if "null" in types else _NOTHING


def _example(schema: Mapping[str, Any]) -> Json:
    """Return a value for a required member that has no neutral one."""
    given: Json = schema.get("default")
    if given is not None:
        return given
    return {"date-time": "1970-01-01T00:00:00Z", "uuid": "00000000-0000-7000-8000-000000000000"}.get(
        str(schema.get("format")), "-" * max(1, int(schema.get("minLength", 1)))
    )


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _converter(schema: Mapping[str, Any]) -> Callable[[Any], bytes]:
    """Return what writes a value as the documented type: providers write some numbers as strings."""
    types = _types(schema)
    if "string" in types:
        return _text
    return _number if {"integer", "number"} & set(types) else orjson.dumps


def _text(value: Any) -> bytes:
    if type(value) is int:
        return b'"%d"' % value
    return orjson.dumps(value if isinstance(value, str) else f"{value:g}")


def _number(value: Any) -> bytes:
    if type(value) is int:
        return b"%d" % value
    number = float(value) if not isinstance(value, str) or value.replace(".", "", 1).isdigit() else 0.0
    return orjson.dumps(int(number) if number.is_integer() else number)
