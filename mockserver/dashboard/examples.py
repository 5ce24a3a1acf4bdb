"""Example bodies for the dashboard's form: accepted ones, and for each rule one that breaks it.

They are found by trying: the operation's own check is the judge.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from specs import pointers
from specs.model import Operation, Role
from specs.rules.formula import ABSENT
from specs.rules.model import Rule

Body = dict[str, Any]

_PICTURE: Final = "https://example.com/frame.png"
_TEXTS: Final = ("A fox runs through fresh snow", "The fox stops and listens", "It jumps, nose first, into the snow")
_SHOTS: Final = ((2, 3), (3, 3), (5, 5), (1, 1))
_TRIES: Final = 3_000
_SWITCHED: Final = 300


def examples(operation: Operation) -> list[tuple[str, Body]]:
    """Return accepted bodies, each with its name: the plainest, then one with shots where the operation takes them."""
    if operation.request is None:
        return []
    found = [("Plain", body) for body in _plain(operation)][:1]
    found += [("Several shots", body) for body in _with_shots(operation)][:1]
    return found


def breaking(operation: Operation) -> dict[str, Body]:
    """Return, for each rule for which one was found, a body that breaks it and as little else as can be."""
    bases = [body for _, body in examples(operation)]
    found = {rule.id: _breaking(operation, rule, bases) for rule in operation.rules}
    return {rule: body for rule, body in found.items() if body is not None}


def _breaking(operation: Operation, rule: Rule, bases: Sequence[Body]) -> Body | None:
    best, least = None, _TRIES
    for body in itertools.islice(_variations(operation, rule, bases), _TRIES):
        broken = {violation.rule for violation in operation.validate(body)}
        if rule.id in broken and len(broken) < least:
            best, least = body, len(broken)
            if least == 1:
                break
    return best


def _accepted(operation: Operation, body: Body) -> bool:
    return not operation.validate(body)


def _plain(operation: Operation) -> Iterator[Body]:
    needed = {found.name: value(found.schema) for found in operation.at("body") if _top(found.pointer)
              and found.required}  # fmt: skip
    roles: tuple[tuple[Role, ...], ...] = (("prompt", "first_frame"), ("prompt",), ("first_frame",), ())
    for chosen in roles:
        body = {**needed, **_by_role(operation, {role: _of_role(role) for role in chosen})}
        if _accepted(operation, body):
            yield body


def _with_shots(operation: Operation) -> Iterator[Body]:
    """Try the plain bodies with shots, whatever switches them on and what they exclude."""
    if operation.task is None or "shots" not in operation.task.video:
        return
    roles = set(operation.task.video.values())
    switches = [f for f in operation.at("body") if _few(f.schema) and _top(f.pointer) and f.pointer not in roles]
    switched = list(itertools.islice(itertools.product(*([*_few(f.schema), ABSENT] for f in switches)), _SWITCHED))
    prompt = _by_role(operation, {"prompt": ""})
    for plain, dropped, lengths, values in itertools.product(_plain(operation), ((), prompt), _SHOTS, switched):
        body = {name: one for name, one in plain.items() if name not in dropped}
        body |= {f.name: one for f, one in zip(switches, values, strict=True) if one is not ABSENT}
        body |= _by_role(operation, {"shots": _shots(operation, lengths), "duration": sum(lengths)})
        if _accepted(operation, body):
            yield body


def _variations(operation: Operation, rule: Rule, bases: Sequence[Body]) -> Iterator[Body]:
    """Yield the bases with other values in the fields that a rule names."""
    names = list(dict.fromkeys(pointers.split(pointer)[0] for pointer in rule.mentioned()))
    schemas = {found.name: found.schema for found in operation.at("body") if _top(found.pointer)}
    pattern = str((rule.schema or {}).get("pattern", ""))
    choices = [_candidates(operation, name, schemas.get(name, {}), pattern) for name in names]
    for base in bases:
        for values in itertools.product(*choices):
            changed = {**base, **dict(zip(names, values, strict=True))}
            yield {name: one for name, one in changed.items() if one is not ABSENT}


def _candidates(operation: Operation, name: str, schema: Mapping[str, Any], pattern: str) -> list[Any]:
    found = [ABSENT, *_few(schema)]
    video = operation.task.video if operation.task is not None else {}
    if video.get("shots") == f"/{name}":
        return [*found, *(_shots(operation, lengths) for lengths in ((3, 4), (3, 3), (1, 2), (15,), (20,)))]
    if "minimum" in schema or "maximum" in schema:
        found += [schema[bound] for bound in ("minimum", "maximum") if bound in schema]
    elif not _few(schema):
        found.append(value(schema))
    if pattern and "string" in str(schema.get("type")):
        mention = re.sub(r"\\(.)", r"\1", re.sub(r"\((?:[^()\\]|\\.)*\)", "3", pattern))
        found.append(f"{_TEXTS[0]} beside {mention}")
    return found


def value(schema: Mapping[str, Any]) -> Any:
    """Return a plain value of a schema."""
    stated = schema.get("type", "string")
    kind = stated if isinstance(stated, str) else next((one for one in stated if one != "null"), "null")
    if few := _few(schema):
        return few[0]
    if kind in ("integer", "number"):
        return schema.get("default", schema.get("minimum", 1))
    if kind == "array":
        return [value(schema.get("items", {}))] * max(1, schema.get("minItems", 1))
    if kind == "object":
        needed = schema.get("required", ())
        return {name: value(member) for name, member in schema.get("properties", {}).items() if name in needed}
    text = _PICTURE if "x-media" in schema or "image" in str(schema.get("title", "")).lower() else _TEXTS[0]
    return text[: schema.get("maxLength", len(text))]


def _few(schema: Mapping[str, Any]) -> list[Any]:
    """Return the values of a schema that has few."""
    if "enum" in schema:
        return [one for one in schema["enum"] if one is not None][:6]
    return [True, False] if schema.get("type") == "boolean" else []


def _of_role(role: Role) -> Any:
    return _PICTURE if role == "first_frame" else _TEXTS[0]


def _by_role(operation: Operation, values: Mapping[Role, Any]) -> Body:
    """Return a body with values at the places that the task gives for roles; deeper places are left out."""
    video = operation.task.video if operation.task is not None else {}
    return {video[role][1:]: given for role, given in values.items() if role in video and _top(video[role])}


def _shots(operation: Operation, lengths: Sequence[int]) -> list[Body]:
    video = operation.task.video if operation.task is not None else {}
    names = {role: pointers.split(video[role])[-1] for role in ("shot_prompt", "shot_duration") if role in video}
    texts = itertools.cycle(_TEXTS)
    return [
        {
            names[role]: given
            for role, given in (("shot_prompt", next(texts)), ("shot_duration", length))
            if role in names
        }
        for length in lengths
    ]


def _top(pointer: str) -> bool:
    return pointer.count("/") == 1
