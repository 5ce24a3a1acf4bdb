"""Local `$ref`s followed, rendered rules taken out: the schema as validators and readers want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs import pointers
from specs.errors import SpecError

_WRAPS = frozenset({"allOf", "anyOf", "oneOf"})
_ANNOTATIONS = frozenset({
    "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment",
})  # fmt: skip
"""Keywords of a schema that refuse no value."""


def resolved(value: Any, document: Mapping[str, Any], place: str, trail: tuple[str, ...] = ()) -> Any:
    """Return the value with every local `$ref` replaced by what it points to, and every lone `allOf` by what it holds.

    Raises SpecError for a reference that leads outside, nowhere or back to itself.
    """
    if isinstance(value, list):
        return [resolved(item, document, place, trail) for item in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        if reference in trail:
            raise SpecError(place, f"{reference} refers to itself", "break the circle")
        target = resolved(target_of(reference, document, place), document, place, (*trail, reference))
        beside = {name: resolved(member, document, place, trail) for name, member in value.items() if name != "$ref"}
        return {**target, **beside} if beside else target
    return _unfolded({name: resolved(member, document, place, trail) for name, member in value.items()})


def _unfolded(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that only wraps another one, as tools write it to say more in words, as that other one."""
    for keyword in _WRAPS & schema.keys():
        beside = {name: member for name, member in schema.items() if name != keyword}
        match schema[keyword]:
            case [Mapping() as only] if "x-rule" not in only and all(map(_annotates, beside)):
                return {**only, **beside}
    return schema


def _annotates(keyword: str) -> bool:
    return keyword in _ANNOTATIONS or keyword.startswith("x-")


def target_of(reference: str, document: Mapping[str, Any], place: str) -> Any:
    """Return what a local reference points to."""
    if not reference.startswith("#/"):
        raise SpecError(place, f"{reference} leads outside of the document", "copy the target into `components`")
    found: Any = document
    for name in pointers.split(reference[1:]):
        if not isinstance(found, Mapping) or name not in found:
            raise SpecError(place, f"{reference} leads nowhere", "define it under `components`")
        found = found[name]
    return found


def without_rules(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema without x-rules and without the keywords rendered from them (marked by `x-rule`)."""
    kept = {name: member for name, member in schema.items() if name not in ("x-rules", "allOf")}
    if rest := [part for part in schema.get("allOf", []) if "x-rule" not in part]:
        kept["allOf"] = rest
    return kept
