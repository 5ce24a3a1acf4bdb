"""`x-task` and `x-errors` into the model, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from specs.errors import SpecError
from specs.model import MEANINGS, QUANTITIES, ROLES, STATES, ErrorCode, Errors, Meaning, State, Task, Variant

if TYPE_CHECKING:
    from specs.model import Contract, Operation

_PARTS = ("status", "code", "title", "message", "details")


def parse_task(entry: Any, place: str) -> Task:
    """Return the task life cycle that an `x-task` states. Raises SpecError naming the member."""
    if not isinstance(entry, Mapping):
        raise SpecError(place, "x-task must be an object", "docs/format.md says what it holds")
    for member in ("poll", "parameter", "submitted", "polled", "statuses", "expected", "video", "height"):
        if member not in entry:
            raise SpecError(place, f"x-task has no {member!r}", "add it; docs/format.md says what it holds")
    return Task(
        poll=str(entry["poll"]),
        parameter=str(entry["parameter"]),
        submitted=_quantities(entry["submitted"], f"{place}/submitted", ("id",)),
        polled=_quantities(entry["polled"], f"{place}/polled", ("status", "video")),
        statuses=_statuses(entry["statuses"], f"{place}/statuses"),
        variants={
            str(name): Variant(
                _statuses(variant.get("statuses", {}), f"{place}/variants/{name}/statuses"),
                _quantities(variant.get("polled", {}), f"{place}/variants/{name}/polled"),
            )
            for name, variant in entry.get("variants", {}).items()
        },
        video=_roles(entry["video"], f"{place}/video"),
        heights=_heights(entry["height"], f"{place}/height"),
        expected_base=float(entry["expected"]["base"]),
        expected_per_second=float(entry["expected"]["perSecond"]),
        result_ttl=entry.get("resultTtl"),
    )


def _quantities(entry: Any, place: str, needed: tuple[str, ...] = ()) -> Mapping[str, str]:
    for name, pointer in entry.items():
        if name not in QUANTITIES:
            raise SpecError(place, f"unknown quantity {name!r}", f"one of: {', '.join(QUANTITIES)}")
        if not str(pointer).startswith("/"):
            raise SpecError(place, f"{pointer!r} is no JSON pointer", "write it as /name")
    if missing := [name for name in needed if name not in entry]:
        raise SpecError(place, f"does not say where the {missing[0]} stands", "add its pointer")
    return dict(entry)


def _roles(entry: Any, place: str) -> Mapping[str, str]:
    for role in entry:
        if role not in ROLES:
            raise SpecError(place, f"unknown role {role!r}", f"one of: {', '.join(ROLES)}")
    return {str(role): str(pointer) for role, pointer in entry.items()}


def _heights(entry: Any, place: str) -> Mapping[str, int]:
    heights = entry if isinstance(entry, Mapping) else {"": entry}
    if not heights or not all(isinstance(height, int) and height > 0 for height in heights.values()):
        raise SpecError(place, f"{entry!r} is no height", "a number of pixels, or one for each value of the quality")
    return dict(heights)


def _statuses(entry: Any, place: str) -> Mapping[str, State]:
    for word, state in entry.items():
        if state not in STATES:
            raise SpecError(place, f"{word!r} maps to the unknown state {state!r}", f"one of: {', '.join(STATES)}")
    return {str(word): cast("State", state) for word, state in entry.items()}


def parse_errors(entry: Any, place: str) -> Errors:
    """Return the error body and codes that `x-errors` states. Raises SpecError naming the member."""
    if not isinstance(entry, Mapping) or "pointers" not in entry or "codes" not in entry:
        raise SpecError(place, "x-errors needs `pointers` and `codes`", "say where status, code and message stand")
    if unknown := sorted(set(entry["pointers"]) - set(_PARTS)):
        raise SpecError(place, f"unknown part {unknown[0]!r} of an error body", f"one of: {', '.join(_PARTS)}")
    codes = []
    for number, code in enumerate(entry["codes"]):
        if code.get("meaning") not in MEANINGS:
            raise SpecError(
                f"{place}/codes/{number}",
                f"unknown meaning {code.get('meaning')!r}",
                f"one of: {', '.join(MEANINGS)}",
            )
        codes.append(ErrorCode(code["code"], int(code["status"]), cast("Meaning", code["meaning"])))
    return Errors(dict(entry["pointers"]), tuple(codes))


def check_task(operation: Operation, contract: Contract, place: str) -> None:
    """Refuse a task whose poll operation, parameter or pointers do not exist."""
    task, here = operation.task, f"{place} ({operation.id} x-task)"
    if task is None:
        return
    try:
        poll = contract.operation(task.poll)
    except KeyError as problem:
        raise SpecError(here, f"polls by {task.poll!r}, which is no operation", "name its operationId") from problem
    parameters = {found.name for found in poll.fields if found.location in ("path", "query")}
    if task.parameter not in parameters:
        raise SpecError(
            here,
            f"{task.poll} has no parameter {task.parameter!r}",
            f"one of: {', '.join(sorted(parameters))}",
        )
    for role, pointer in task.video.items():
        if pointer not in {found.pointer for found in operation.at("body")}:
            raise SpecError(here, f"the {role} at {pointer} is no field of {operation.id}", "mend the pointer")
    for holder, stated in ((operation, task.submitted), (poll, task.polled)):
        known = {found.pointer for found in holder.at("response")}
        known |= {f"{found.pointer}/*" for found in holder.at("response") if "array" in found.types}
        for quantity, pointer in stated.items():
            if pointer not in known:
                raise SpecError(
                    here,
                    f"the {quantity} at {pointer} is no member of the answer of {holder.id}",
                    "mend the pointer",
                )
