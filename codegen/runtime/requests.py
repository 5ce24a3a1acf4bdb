"""Parameters into a request: files encoded, the sum filled in, limits and rules checked, before anything is sent."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard, cast
from urllib.parse import quote, urlencode

from specs.checks import Source, Violation, is_array, is_object, number, satisfies, total, violation

from .description import Described, Operation, first
from .errors import InvalidRequest
from .inputs import encode_media, readable, shortened
from .settings import Validate

if TYPE_CHECKING:
    from pydantic_core import ValidationError


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
        """The hash of target and body: what is the same request."""
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
    found = encode_media(operation, body) if operation.media else None
    if operation.summed is not None:
        _fill_sum(operation, body)
    odd: tuple[Violation, ...] = ()
    if validate != "off" and ((wrong := check(operation, body)) or found):
        odd = _judge(operation, [*wrong, *(found or ())], validate)
    return Request(operation, body, target, operation.dump(body) if operation.request_model else None, odd)


def _judge(operation: Operation, found: list[Violation], validate: Validate) -> tuple[Violation, ...]:
    if validate == "error" and (errors := [v for v in found if v.severity == "error"]):
        raise InvalidRequest(operation.id, errors)
    for odd in found:
        warnings.warn(f"{operation.id}: {odd}", RequestWarning, stacklevel=5)
    return tuple(found)


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


def _fill_sum(operation: Operation, body: dict[str, Any]) -> None:
    """Set the total to the sum of the shots where it is left out."""
    summed = operation.summed
    if summed is not None and summed.total not in body and body.get(summed.array):
        found = total(body[summed.array], (summed.member,), summed.default)
        if found is not None:
            body[summed.total] = found


def check(operation: Operation, body: dict[str, Any]) -> list[Violation]:
    """Return all that is wrong with a body: limits of single fields first, then rules."""
    found: list[Violation] = [] if operation.request_model is None else check_fields(operation, body)
    if operation.broken is not None:
        found += [violation(operation.checks[position], body) for position in operation.broken(body)]
    return found


def check_fields(operation: Operation, body: dict[str, Any]) -> list[Violation]:
    """Return the limits that single fields break, in the words of the contract."""
    try:
        operation.validator(body)
    except ValueError as error:
        wrong = cast("ValidationError", error)
        if _whole_numbers(body, wrong):
            return check_fields(operation, body)
        return _fields(operation, wrong)
    return []


_KEYWORDS = {
    "missing": "required", "extra_forbidden": "additionalProperties", "greater_than_equal": "minimum",
    "less_than_equal": "maximum", "greater_than": "exclusiveMinimum", "less_than": "exclusiveMaximum",
    "multiple_of": "multipleOf", "string_too_short": "minLength", "string_too_long": "maxLength",
    "string_pattern_mismatch": "pattern", "too_short": "minItems", "too_long": "maxItems", "literal_error": "enum",
    "enum": "enum",
}  # fmt: skip
"""What pydantic calls an error → the JSON Schema keyword; all others say that the type is wrong."""

_MEMBERS = ("required", "additionalProperties")
_LIMITS = frozenset(_KEYWORDS.values()) - {*_MEMBERS, "pattern"} | {"const"}
_TYPES: Mapping[str, Any] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _fields(operation: Operation, wrong: ValidationError) -> list[Violation]:
    """Return pydantic's findings with the ids, limits and sources that they have everywhere else."""
    found: list[Violation] = []
    for error in wrong.errors(include_url=False, include_context=False):
        steps, given = [str(step) for step in error["loc"]], error["input"]
        place = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
        pointer = "".join(
            "/*" if isinstance(step, int) else "/" + step.replace("~", "~0").replace("/", "~1") for step in error["loc"]
        )
        keyword = _KEYWORDS.get(error["type"], "type")
        broken = [keyword] if keyword in _MEMBERS else _broken(operation.by_pointer.get(pointer), given) or [keyword]
        found += (_field(operation, pointer, place, each, given) for each in broken)
    return found


def _broken(described: Described | None, given: Any) -> list[str]:
    """Return every limit that a value breaks, where pydantic stops at the first."""
    limits: Mapping[str, Any] = described.limits if described else {}
    found = [] if _is_a(given, limits.get("type")) else ["type"]
    return found + [name for name in limits if name in _LIMITS and not satisfies(given, {name: limits[name]})]


def _field(operation: Operation, pointer: str, place: str, keyword: str, given: Any) -> Violation:
    described = operation.by_pointer.get(pointer)
    limit = described.limits.get(keyword) if described and keyword not in ("required", "additionalProperties") else None
    refusal = operation.refusals.get((keyword, repr(limit)), f"breaks {keyword}")
    return Violation(
        rule=f"{readable(pointer) or 'body'}.{keyword}", pointers=(place,),
        given={} if keyword == "required" else {place: shortened(given)},
        allowed=[limit] if keyword == "type" and isinstance(limit, str) else limit,
        message=f"`{readable(place) or 'body'}` {refusal}.", source=described.source if described else Source(),
    )  # fmt: skip


def _is_a(given: Any, types: Any) -> bool:
    names = [types] if isinstance(types, str) else list(types or ())
    if isinstance(given, bool):
        return not names or "boolean" in names
    return not names or any(isinstance(given, _TYPES.get(name, ())) for name in names)


def _whole_numbers(body: dict[str, Any], wrong: ValidationError) -> bool:
    """Make 5.0 a 5 where an integer is wanted, as JSON Schema reads it; tell whether there was such a number."""
    changed = False
    for error in wrong.errors(include_url=False, include_context=False):
        given = error["input"]
        if error["type"] == "int_type" and isinstance(given, float) and given.is_integer():
            holder: Any = body
            for step in error["loc"][:-1]:
                holder = holder[step]
            holder[error["loc"][-1]] = int(given)
            changed = True
    return changed
