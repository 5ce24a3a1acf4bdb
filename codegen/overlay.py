"""OpenAPI Overlay 1.0: our decisions on top of the facts, each action with its reason.

https://spec.openapis.org/overlay/v1.0.0.html. Two things are stricter here: an action must give its reason in
`description`, and one whose target selects nothing is an error, for then it no longer fits the document. An overlay
that several documents share can say `x-optional: true` of an action about what only some of them have.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonpath_rfc9535
import jsonschema_rs

from specs import pointers, yaml12
from specs.checks import Source
from specs.errors import SpecError
from specs.rules.parse import parse_source

WORDS = frozenset({"title", "description", "summary", "examples", "example"})
"""Keywords that say nothing of what a value can be."""
STRUCTURE = frozenset({"properties", "items", "schema"})
"""Keywords whose members are looked at one by one."""
SETS = frozenset({"required", "enum", "type", "formats", "encodings"})
"""Keywords whose lists hold nothing twice."""
RULE = frozenset({"id", "kind", "fields"})
"""Members that every rule has."""
TOLD = frozenset({"source", "status", "decision"})
"""Members of a rule that say where it is from, and not what it refuses."""
MISSING = object()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Sources that disagree (`x-contradiction`), which the action decides: what they say, and where."""

    says: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One change: what `target` (RFC 9535) selects is removed, or merged with `update`.

    One that decides a contradiction for what the pages state changes nothing; an `optional` one may select nothing.
    """

    place: str
    target: str
    reason: str
    update: Any
    remove: bool
    contradiction: Contradiction | None = None
    optional: bool = False

    @property
    def changes(self) -> bool:
        """Whether it is to change anything, and not only to say what is decided."""
        return self.remove or self.update is not None or self.contradiction is None


def load(path: Path) -> tuple[Action, ...]:
    """Read an overlay file. Raises SpecError naming the action."""
    return parse(yaml12.load(path), str(path))


def parse(document: Any, place: str) -> tuple[Action, ...]:
    """Return the overlay's actions. Raises SpecError naming the action."""
    if not isinstance(document, Mapping) or not str(document.get("overlay", "")).startswith("1."):
        raise SpecError(place, "this is no OpenAPI Overlay 1.0 document", "it must begin with `overlay: 1.0.0`")
    return tuple(_action(entry, f"{place}#/actions/{n}") for n, entry in enumerate(document.get("actions", [])))


def _action(entry: Any, place: str) -> Action:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("target"), str):
        raise SpecError(place, "the action has no target", "give it a JSONPath")
    reason = entry.get("description")
    if not isinstance(reason, str) or not reason.strip():
        raise SpecError(place, "the action gives no reason", "say why in `description`")
    remove = entry.get("remove") is True
    stands = "x-contradiction" in entry and not remove and "update" not in entry
    if not stands and remove == ("update" in entry):
        raise SpecError(place, "an action either removes or updates", "give it `remove: true` or `update`")
    contradiction = _contradiction(entry["x-contradiction"], place) if "x-contradiction" in entry else None
    optional = entry.get("x-optional", False)
    if not isinstance(optional, bool):
        raise SpecError(place, f"x-optional is {optional!r}", "write true, or leave it out")
    return Action(place, entry["target"], reason, entry.get("update"), remove, contradiction, optional)


def _contradiction(entry: Any, place: str) -> Contradiction:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("says"), str):
        raise SpecError(place, "x-contradiction does not tell what disagrees", "say it in `says`")
    return Contradiction(entry["says"], tuple(parse_source(source, place) for source in entry.get("sources", ())))


def apply(document: Mapping[str, Any], actions: tuple[Action, ...]) -> dict[str, Any]:
    """Return the document after all actions, in their order; the given one stays as it is.

    What an action says otherwise of a field that a page documents is marked there: `x-decided` holds keyword → reason.
    Raises SpecError where a target is no JSONPath or selects nothing, where a schema is none afterwards, or where
    a rule is added under the id of another one.
    """
    changed = copy.deepcopy(dict(document))
    for action in actions:
        locations = selected(changed, action)
        if not action.changes:
            continue
        before = copy.deepcopy(changed)
        for location in locations:
            if action.remove:
                _remove(changed, location)
            else:
                _update(changed, location, action)
        _refuse_broken(before, changed, action)
        _mark(before, changed, " ".join(action.reason.split()))
    return changed


def _refuse_broken(before: Mapping[str, Any], after: Mapping[str, Any], action: Action) -> None:
    """Refuse what makes a schema none any more: later on, nobody could tell which action it was."""
    was, now = (node.get("components", {}).get("schemas", {}) for node in (before, after))
    for name, schema in now.items():
        if schema != was.get(name) and not jsonschema_rs.meta.is_valid(schema):
            raise SpecError(action.place, f"makes no JSON Schema of {name}: {_first_fault(schema)}", "mend the update")


def _first_fault(schema: Any) -> str:
    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as fault:
        return f"{pointers.join(*map(str, fault.instance_path))}: {fault.message}"
    return ""


def _mark(before: Any, after: Any, reason: str) -> None:
    """Mark the keywords that are others now on every node that keeps the page it was read from."""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            _mark(one, other, reason)
    if not (isinstance(before, dict) and isinstance(after, dict)) or before == after:
        return
    if _read_from_page(before, after):
        _decide(after, _others(before, after), reason)
        if isinstance(schema := after.get("schema"), dict):  # a parameter: what reads its schema looks there
            _decide(schema, _others(before.get("schema", {}), schema), reason)
            schema.setdefault("x-decided", {}).update(after.pop("x-decided", {}))
            if not schema["x-decided"]:
                del schema["x-decided"]
    was, now = (_required(node) for node in (before, after))
    for name in sorted(was ^ now):
        members = [node.get("properties", {}).get(name) for node in (before, after)]
        if all(isinstance(member, dict) for member in members) and _read_from_page(*members):
            _decide(members[1], ["required"], reason)
    for name in before.keys() & after.keys():
        _mark(before[name], after[name], reason)


def _read_from_page(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    source = before.get("x-source")
    if "operationId" in before:
        return False  # the page of an operation is not the source of each thing it holds
    return isinstance(source, Mapping) and "page" in source and after.get("x-source") == source


def says(name: str) -> bool:
    """Tell whether a keyword states something of the value, and is no word about it or mark of ours."""
    return name not in WORDS and (name == "x-media" or not name.startswith("x-"))


def _others(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the keywords that say something else now."""
    other = [name for name in {**before, **after} if before.get(name, MISSING) != after.get(name, MISSING)]
    return [name for name in other if says(name) and not _looked_into(name, before, after)]


def _looked_into(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether the members of the keyword are compared one by one."""
    if name == "required":
        return isinstance(before.get(name, after.get(name)), list)
    return name in STRUCTURE and name in before and name in after


def _required(node: Mapping[str, Any]) -> set[str]:
    """Return the names that a schema requires; of a parameter, `required` is a keyword like others."""
    names = node.get("required")
    return set(names) if isinstance(names, list) else set()


def _decide(node: dict[str, Any], names: Iterable[str], reason: str) -> None:
    for name in names:
        node.setdefault("x-decided", {})[name] = reason


def selected(document: Mapping[str, Any], action: Action) -> list[tuple[int | str, ...]]:
    """Return the locations that the action's target selects, last first, so that removals keep the others right.

    Raises SpecError where there is none, unless the action is optional.
    """
    try:
        nodes = jsonpath_rfc9535.find(action.target, dict(document))
    except jsonpath_rfc9535.JSONPathError as problem:
        raise SpecError(action.place, f"{action.target!r} is no JSONPath: {problem}", "mend the target") from problem
    if not nodes and not action.optional:
        raise SpecError(
            action.place,
            f"{action.target} selects nothing",
            "the documents may state it themselves by now: mend or drop the action",
        )
    return [node.location for node in reversed(nodes)]


def _remove(document: Any, location: tuple[int | str, ...]) -> None:
    *path, last = location
    holder = document
    for step in path:
        holder = holder[step]
    del holder[last]


def _update(document: Any, location: tuple[int | str, ...], action: Action) -> None:
    holder: Any = document
    for step in location[:-1]:
        holder = holder[step]
    target = holder[location[-1]] if location else document
    update = copy.deepcopy(action.update)
    if isinstance(target, list):
        _extend(target, [update], location[-1], action)
    elif isinstance(target, dict) and isinstance(update, dict):
        _merge(target, update, action)
    else:
        holder[location[-1]] = update


def _merge(target: dict[str, Any], update: dict[str, Any], action: Action) -> None:
    for name, value in update.items():
        present = target.get(name)
        if name == "x-source" and "page" in (present or ()) and "page" not in value:
            continue  # a page says it by now: it is not inferred, whatever is decided of it
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value, action)
        elif isinstance(present, list) and isinstance(value, list):
            _extend(present, value, name, action)
        else:
            target[name] = value


def _extend(present: list[Any], values: Iterable[Any], name: int | str, action: Action) -> None:
    """Add the values to the list `name`, but for what stands in it already where it holds nothing twice."""
    for value in values:
        if name == "x-rules" and (stated := _rule(present, value)) is not None:
            if _meaning(stated) != _meaning(value):
                source = parse_source(stated.get("source"), action.place)
                raise SpecError(
                    action.place, f"adds the rule {value['id']}, of which {source} says otherwise now",
                    "decide between them: mend or drop the action",
                )  # fmt: skip
        elif name not in SETS or repr(value) not in map(repr, present):  # `==` would take true for 1
            present.append(value)


def _rule(rules: Iterable[Any], wanted: Any) -> dict[str, Any] | None:
    named = wanted.get("id") if isinstance(wanted, dict) else None
    return next((rule for rule in rules if named is not None and rule.get("id") == named), None)


def _meaning(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rule refuses."""
    return {name: value for name, value in rule.items() if name not in TOLD}
