"""Parameters into a request: files encoded, the sum filled in, limits and rules checked, before anything is sent."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import currentframe
from math import isfinite
from typing import Any, TypeGuard
from urllib.parse import quote, urlencode

from specs.checks import Source, Violation, exceeded, is_a, is_array, is_object, number, total, violation

from .description import Operation, Summed, first, types
from .errors import InvalidRequest
from .inputs import encode_media, is_file, readable, shortened
from .settings import Validate, checked


class RequestWarning(UserWarning):
    """A request that is sent although something about it is odd."""


@dataclass(eq=False)
class Request:
    """A checked request, ready to be submitted. `parameters` is the body as it will be sent, decoded."""

    operation: Operation
    parameters: Mapping[str, Any] = field(repr=False)
    target: str
    content: bytes | None = field(repr=False)
    warnings: tuple[Violation, ...] = ()

    def __repr__(self) -> str:
        return f"Request({self.operation.id}, {shortened(dict(self.parameters))})"

    @cached_property
    def sha256(self) -> str:
        """The hash of path, line feed and body: what is the same request."""
        return hashlib.sha256(self.target.encode() + b"\n" + (self.content or b"")).hexdigest()

    @property
    def duration(self) -> float:
        """The seconds of video that are asked for, as far as the request says so."""
        task = self.operation.task
        names = task.duration if task is not None else ()
        found = self.operation.by_pointer.get("/" + "/".join(names))
        given = first(self.parameters, names) if names else None
        if given is None and found is not None:
            given = found.limits.get("default")
        return number(given) or 5.0


def build(operation: Operation, given: Mapping[str, Any], validate: Validate = "error") -> Request:
    """Return the request. Raises InvalidRequest with every violation, unless `validate` says otherwise."""
    checked(validate)
    body = {name: value for name, value in given.items() if value is not None}
    for name in operation.renamed:
        if name in body:
            body[operation.renamed[name]] = body.pop(name)
    for name in operation.compound:
        if name in body:
            body[name] = plain(body[name])
    target = operation.path
    if operation.elsewhere:
        body, target = _split(operation, body)
    found = encode_media(operation, body, validate) if operation.media else []
    filled = _fill_sum(operation, body) if operation.summed is not None else None
    wrong = [] if validate == "off" else check(operation, body)
    odd: tuple[Violation, ...] = ()
    if wrong or found:
        odd = _judge(operation, [*(_as_sum(filled, each) if filled else each for each in wrong), *found], validate)
    return Request(operation, body, target, _dumped(operation, body, validate != "off" and not wrong), odd)


def _dumped(operation: Operation, body: dict[str, Any], sound: bool) -> bytes | None:
    """Return the body as JSON. Raises InvalidRequest for what JSON cannot say, whatever `validate` is."""
    if operation.holds is None:
        return None
    with suppress(ValueError):  # half of a surrogate pair, which `holds` does not look for
        if sound:
            return operation.dump(body)
    if unsayable := list(_unsayable(operation, body, "")):
        raise InvalidRequest(operation.id, unsayable)
    return operation.dump(body)


def _judge(operation: Operation, found: list[Violation], validate: Validate) -> tuple[Violation, ...]:
    if validate == "off":
        return ()
    if validate == "error" and (errors := [v for v in found if v.severity == "error"]):
        raise InvalidRequest(operation.id, errors)
    frame, level, ours = currentframe(), 1, __name__.partition(".")[0]
    while (
        frame is not None
        and frame.f_back is not None
        and str(frame.f_globals.get("__name__")).partition(".")[0] == ours
    ):
        frame, level = frame.f_back, level + 1
    for odd in found:
        warnings.warn(f"{operation.id}: {odd}", RequestWarning, stacklevel=level)
    return tuple(found)


def _unsayable(operation: Operation, value: Any, place: str) -> Iterator[Violation]:
    """Yield what JSON cannot say: it is refused whatever `validate` is, since something else would be sent."""
    if is_object(value):
        for name, member in value.items():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _unsayable(operation, member, f"{place}/{step}")
    elif is_array(value):
        for index, item in enumerate(value):
            yield from _unsayable(operation, item, f"{place}/{index}")
    elif refusal := no_json(value):
        yield _broken(operation, re.sub(r"/\d+(?=/|$)", "/*", place), place, "type", value, refusal)


_HALF = re.compile("[\\ud800-\\udfff]").search


def no_json(value: Any) -> str:
    """Return why JSON cannot say the value, or nothing."""
    if is_file(value):
        return "is a file, and only an image may be one"
    if isinstance(value, str):
        return "is no text that UTF-8 can carry: it has half of a surrogate pair" if _HALF(value) else ""
    if value is None or isinstance(value, (int, dict, list)):
        return ""
    if isinstance(value, float):
        return "" if isfinite(value) else f"is {value}, which JSON has no number for"
    return f"is of the type {type(value).__name__}, which JSON does not have"


def plain(value: Any) -> Any:
    """Return models, tuples and the like as what JSON has; a member that is None is left out."""
    if type(value) in _SCALARS:
        return value
    if is_array(value) or is_tuple(value):
        return [plain(item) for item in value]
    if is_object(value):
        return {
            name: member if type(member) in _SCALARS else plain(member)
            for name, member in value.items()
            if member is not None
        }
    if hasattr(value, "__pydantic_serializer__"):
        return value.model_dump(exclude_unset=True, exclude_none=True, by_alias=True)
    return value


_SCALARS = frozenset((str, int, float, bool, bytes))


def is_tuple(value: Any) -> TypeGuard[tuple[Any, ...]]:
    """Tell whether the value is a tuple."""
    return isinstance(value, tuple)


def _split(operation: Operation, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Take the parameters of path and query out of the body."""
    body = {name: value for name, value in values.items() if name not in operation.elsewhere}
    path = operation.path
    query: dict[str, Any] = {}
    for name, place in operation.elsewhere.items():
        if place == "path":
            if name not in values:
                raise TypeError(f"{operation.id} needs {name}")
            path = path.replace("{" + name + "}", quote(str(values[name]), safe=""))
        elif name in values:
            query[name] = values[name]
    return body, path + (f"?{urlencode(query)}" if query else "")


def _fill_sum(operation: Operation, body: dict[str, Any]) -> Summed | None:
    """Set the total to the sum of the shots where it is left out; return what was filled in."""
    summed = operation.summed
    if summed is not None and summed.total not in body and body.get(summed.array):
        found = total(body[summed.array], (summed.member,), summed.default)
        if found is not None:
            body[summed.total] = found
            return summed
    return None


def _as_sum(summed: Summed, found: Violation) -> Violation:
    """Return the violation; of a total that nobody gave it says where it comes from."""
    if f"/{summed.total}" not in found.given:
        return found
    sums = f"{found.given[f'/{summed.total}']} is the sum of `{summed.array}[].{summed.member}`"
    return replace(found, message=f"{found.message.removesuffix('.')}; {sums}.")


def check(operation: Operation, body: dict[str, Any]) -> list[Violation]:
    """Return all that is wrong with a body: limits of single fields first, then rules.

    The rendered `holds` passes nearly every request. Only what it does not pass is looked at in full; there 5.0 becomes
    a 5 where an integer is wanted, as JSON Schema reads it.
    """
    holds = operation.holds
    if holds is None or holds(body):
        return []
    found = list(_members(operation, body, "", ""))
    if operation.broken is not None:
        found += [violation(operation.checks[position], body) for position in operation.broken(body)]
    return found


def _members(operation: Operation, holder: Any, pointer: str, place: str) -> Iterator[Violation]:
    """Yield what is wrong with an object: unknown members, missing ones, and the values of the others."""
    members = operation.members.get(pointer)
    if members is None:
        return  # nothing is said of its members
    for name in [str(name) for name in holder if name not in members]:
        step = "/" + name.replace("~", "~0").replace("/", "~1")
        yield _broken(operation, pointer + step, place + step, "additionalProperties", holder.get(name))
    for name, described in members.items():
        at = place + described.pointer[described.pointer.rindex("/") :]
        if holder.get(name) is not None:
            yield from _value(operation, described.pointer, at, holder, name)
        elif described.required:
            yield _broken(operation, described.pointer, at, "required", None)


def _value(operation: Operation, pointer: str, place: str, holder: Any, key: str | int) -> Iterator[Violation]:
    """Yield what is wrong with one value and all that is in it."""
    value, described = holder[key], operation.by_pointer.get(pointer)
    if described is None:
        return
    kinds = types(described.limits)
    if isinstance(value, float) and value.is_integer() and "integer" in kinds and "number" not in kinds:
        holder[key] = value = int(value)
    if refusal := no_json(value):
        yield _broken(operation, pointer, place, "type", value, refusal)
        return
    if kinds and not is_a(value, kinds):
        yield _broken(operation, pointer, place, "type", value)
    for keyword in exceeded(value, described.limits):
        yield _broken(operation, pointer, place, keyword, value)
    if is_object(value):
        yield from _members(operation, value, pointer, place)
    elif is_array(value):
        for index in range(len(value)):
            yield from _value(operation, f"{pointer}/*", f"{place}/{index}", value, index)


def _broken(operation: Operation, pointer: str, place: str, keyword: str, given: Any, refusal: str = "") -> Violation:
    """Return the violation with the id, limit, words and source that it has everywhere else."""
    described = operation.by_pointer.get(pointer)
    limit = described.limits.get(keyword) if described else None
    refusal = refusal or operation.refusals.get((keyword, repr(limit)), f"breaks {keyword}")
    return Violation(
        rule=f"{readable(pointer) or 'body'}.{keyword}", pointers=(place,),
        given={} if keyword == "required" else {place: shortened(given)},
        allowed=[limit] if keyword == "type" and isinstance(limit, str) else limit,
        message=f"`{readable(place) or 'body'}` {refusal}.", source=described.source if described else Source(),
    )  # fmt: skip
