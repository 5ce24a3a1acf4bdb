"""Example requests for README files: the simplest that the contract accepts, found by asking it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

from specs import pointers
from specs.model import Operation

PROMPT = "A paper boat sails down a rainy street."
SHOTS = ("A paper boat is set on the water.", "It turns the corner and is gone.")
FIRST, LAST = "https://example.com/first.png", "https://example.com/last.png"


def single(operation: Operation) -> dict[str, Any] | None:
    """Return a request of one shot, or None where none is found."""
    return _accepted(operation, {"first_frame": FIRST, "prompt": PROMPT}, ())


def frames(operation: Operation) -> dict[str, Any] | None:
    """Return a request with a first and a last frame, or None where the operation has none."""
    return _accepted(operation, {"first_frame": FIRST, "prompt": PROMPT, "last_frame": LAST}, ("last_frame",))


def shots(operation: Operation) -> dict[str, Any] | None:
    """Return a request of several shots without a total, or None where the operation takes none."""
    roles = operation.task.video if operation.task else {}
    prompt, duration = (pointers.split(roles.get(role, "")) for role in ("shot_prompt", "shot_duration"))
    if len(prompt) != 3 or len(duration) != 3:
        return None
    given = [{prompt[2]: text, duration[2]: seconds} for text, seconds in zip(SHOTS, (3, 4), strict=True)]
    wanted = {"first_frame": FIRST, "shots": given}
    for more in ({}, {"prompt": PROMPT}):
        found = _accepted(operation, {**wanted, **more}, ("shots",), {"duration": 7})
        if found is not None:
            found.pop(_name(operation, "duration"), None)
            return found
    return None


def _accepted(
    operation: Operation, wanted: Mapping[str, Any], needed: tuple[str, ...], checked: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the wanted parts, with as few switches set as the contract accepts."""
    roles = operation.task.video if operation.task else {}
    if operation.request is None or any(role not in roles for role in needed):
        return None
    body = {_name(operation, role): value for role, value in {**wanted, **(checked or {})}.items() if role in roles}
    for switches in _switches(operation):
        found = {**switches, **body}
        if not operation.validate(found):
            return found
    return None


def _name(operation: Operation, role: str) -> str:
    roles = operation.task.video if operation.task else {}
    return (pointers.split(roles.get(role, "")) or ("",))[0]


def _switches(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield settings of the fields that are true or false or one of a few words: none, then one, then two."""
    choices: dict[str, list[Any]] = {}
    for found in operation.at("body"):
        values: list[Any] = [v for v in found.schema.get("enum", ()) if isinstance(v, str)]
        values = [True] if "boolean" in found.types else values
        if len(pointers.split(found.pointer)) == 1 and 0 < len(values) <= 6:
            choices[found.name] = values
    for count in range(3):
        for names in combinations(sorted(choices), count):
            for chosen in product(*(choices[name] for name in names)):
                yield dict(zip(names, chosen, strict=True))
