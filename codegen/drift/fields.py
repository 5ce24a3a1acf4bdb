"""Fields of two states of an operation: added, removed, required, and every limit by its direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from codegen.drift import wording
from codegen.drift.change import Change
from codegen.drift.keywords import Difference, apart, differences
from codegen.drift.phrases import Side, words
from specs import pointers
from specs.checks import Source
from specs.model import Field
from specs.rules.formula import ABSENT

Key = tuple[str, str]

_TURNED = {"narrower": {"type": "narrowed", "values": "removed"}, "wider": {"type": "widened", "values": "added"}}
_PLAIN = {"narrower": "tightened", "wider": "loosened"}


def compare_fields(old: Iterable[Field], new: Iterable[Field], side: Side) -> Iterator[Change]:
    """Yield the changes of one side's fields, in the order of the old ones, added ones last."""
    before, after = _by_place(old), _by_place(new)
    other = {place for place in before if place in after and apart(before[place].schema, after[place].schema)}
    ended = other | (before.keys() ^ after.keys())
    for place, field in before.items():
        if _below(place, ended):
            continue
        if place in after:
            yield from _changed(field, after[place], side)
        else:
            yield _change(f"{side}-field-removed", field, "is gone", old=field)
    for place, field in after.items():
        if place not in before and not _below(place, ended):
            yield _added(field, side)


def _by_place(fields: Iterable[Field]) -> dict[Key, Field]:
    """Return the fields by location and pointer, together with items that have limits but no members."""
    found: dict[Key, Field] = {}
    for field in fields:
        found[field.location, field.pointer] = field
        items, pointer, schema = field.schema.get("items"), field.pointer, field.schema
        while isinstance(items, Mapping):
            if (reason := schema.get("x-decided", {}).get("items")) is not None:
                items = {**items, "x-decided": dict.fromkeys(items, reason)}
            pointer, schema = pointer + "/*", items
            found[field.location, pointer] = Field(field.location, pointer, schema, required=False, source=field.source)
            items = schema.get("items")
    return found


def _below(place: Key, ended: AbstractSet[Key]) -> bool:
    """Tell whether what holds the field came, went or is another thing itself: then that is the change."""
    location, pointer = place
    while pointer := pointer.rpartition("/")[0]:
        if (location, pointer) in ended:
            return True
    return False


def _added(field: Field, side: Side) -> Change:
    if side == "response":
        return _change("response-field-added", field, "is new", new=field)
    if field.required:
        return _change("request-field-added-required", field, "is new and required", new=field)
    return _change("request-field-added-optional", field, "is new", new=field)


def _changed(old: Field, new: Field, side: Side) -> Iterator[Change]:
    if old.required != new.required:
        kind = f"{side}-field-became-{'required' if new.required else 'optional'}"
        said = "is required" if new.required else "can be left out"
        if side == "response":
            said = "is always there" if new.required else "may be missing"
        change = _change(kind, new, f"{said} now", old=old, new=new)
        yield replace(change, decision=new.decided.get("required"))
    for difference in differences(old.schema, new.schema):
        change = _change(_kind(difference, side), new, words(difference, side), old=old, new=new,
                         values=(difference.old, difference.new))  # fmt: skip
        yield replace(change, decision=_decision(new, difference))


def _decision(new: Field, difference: Difference) -> str | None:
    """Return why the new limit is as it is, where an overlay decided it."""
    return new.decided.get("x-media" if difference.aspect == "media" else difference.keyword)


def _kind(difference: Difference, side: Side) -> str:
    aspect, direction = difference.aspect, difference.direction
    if aspect == "default":
        return f"{side}-default-changed"
    if aspect == "deprecated":
        return f"{side}-field-{'deprecated' if direction == 'narrower' else 'undeprecated'}"
    if aspect == "schema" or (direction == "other" and aspect != "type"):
        return f"{side}-schema-changed"
    if direction == "other":
        return f"{side}-type-changed"
    return f"{side}-{aspect}-{_TURNED[direction].get(aspect, _PLAIN[direction])}"


def _change(
    kind: str,
    field: Field,
    said: str,
    *,
    old: Field | None = None,
    new: Field | None = None,
    values: tuple[Any, Any] = (None, None),
) -> Change:
    subject = wording.code(pointers.name(field.pointer)) if field.pointer else "the body"
    one, other = (None if value is ABSENT else value for value in values)
    return Change(
        kind, field.pointer, f"{subject} {said}", location=field.location, old=one, new=other,
        old_source=old.source if old else Source(), new_source=new.source if new else Source(),
    )  # fmt: skip
