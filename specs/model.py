"""The contract of one provider: what its documentation promises, loaded once, read by everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from specs import english, pointers
from specs.checks import Check, Source, Violation
from specs.findings import Finding
from specs.rules.formula import ABSENT, Formula, Known, formula
from specs.rules.model import Rule

Location = Literal["body", "query", "path", "header", "response"]
State = Literal["queued", "running", "succeeded", "failed", "canceled"]
STATES: tuple[str, ...] = get_args(State)
Quantity = Literal[
    "id", "status", "type", "progress", "eta", "reason", "reason_code", "reason_title", "created", "updated",
    "submitted_ms", "started_ms", "finished_ms", "video", "video_ttl", "video_type", "audio", "request",
]  # fmt: skip
"""What a task's answers tell: `progress` in per cent, `eta` and `video_ttl` in seconds, `created` and `updated` as ISO
8601, `…_ms` in milliseconds since 1970, `reason…` of a failure, `video` the result's URL, `request` the request's
text."""
QUANTITIES: tuple[str, ...] = get_args(Quantity)
Role = Literal[
    "first_frame", "last_frame", "prompt", "duration", "sound", "quality", "aspect_ratio", "shots", "shot_prompt",
    "shot_duration",
]  # fmt: skip
"""What a request says of the video it asks for."""
ROLES: tuple[str, ...] = get_args(Role)
Meaning = Literal[
    "invalid_request", "image_too_large", "image_format", "image_dimensions", "content_refused", "insufficient_balance",
    "missing_api_key", "invalid_api_key", "permission_denied", "not_found", "task_not_found", "method_not_allowed",
    "too_large", "unsupported_media_type", "conflict", "rate_limited", "server_error", "task_failed",
]  # fmt: skip
MEANINGS: tuple[str, ...] = get_args(Meaning)

Find = Callable[[Any], tuple[Finding, ...]]
"""Request body → everything that is wrong with it: fields first, then rules; warnings included."""

_STAND_IN: Mapping[str, str] = {
    "image_too_large": "invalid_request", "image_format": "invalid_request", "image_dimensions": "invalid_request",
    "content_refused": "invalid_request", "missing_api_key": "invalid_api_key", "task_not_found": "not_found",
    "method_not_allowed": "not_found", "too_large": "invalid_request", "unsupported_media_type": "invalid_request",
    "conflict": "invalid_request", "permission_denied": "invalid_api_key", "task_failed": "server_error",
}  # fmt: skip
"""What a provider answers that documents no code of its own for a meaning."""


@dataclass(frozen=True, slots=True)
class Field:
    """One documented parameter or response member.

    `schema` is its resolved JSON Schema (read only); `default` is ABSENT where none is documented.
    """

    location: Location
    pointer: str
    schema: Mapping[str, Any]
    required: bool
    source: Source = field(default_factory=Source)

    @property
    def name(self) -> str:
        """The last name of the pointer; `*` for an item itself."""
        return pointers.split(self.pointer)[-1]

    @property
    def types(self) -> tuple[str, ...]:
        """The JSON Schema types, `null` included; empty where none is documented."""
        found = self.schema.get("type", ())
        return (found,) if isinstance(found, str) else tuple(found)

    @property
    def nullable(self) -> bool:
        """Whether null is a documented value."""
        return "null" in self.types

    @property
    def default(self) -> Any:
        """The documented default, or ABSENT."""
        return self.schema.get("default", ABSENT)

    @property
    def decided(self) -> Mapping[str, str]:
        """The keywords (and `required`) that an overlay decided, not the page at `source`, each with the reason."""
        found: Mapping[str, str] = self.schema.get("x-decided", {})
        return found

    @property
    def media(self) -> Mapping[str, Any] | None:
        """The x-media limits, or None for a field that takes no file; those of an array are its items'."""
        stated = self.schema.get("items") if "array" in self.types else self.schema
        return stated.get("x-media") if isinstance(stated, Mapping) else None

    @property
    def description(self) -> str:
        """What the field is, in our words, with its limits; rendered anew where the spec gives the words as title."""
        words = self.schema.get("title")
        return english.sentence(words, self.schema) if words else str(self.schema.get("description", ""))


@dataclass(frozen=True, slots=True)
class Variant:
    """Another documented way to tell a task's state: other status words, other places."""

    statuses: Mapping[str, State]
    polled: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """The life of a task that a submit operation starts (x-task).

    `submitted` and `polled` tell where each quantity stands in the two answers (pointers); `statuses` maps the
    provider's words to states, the first word of a state being the one it uses. `video` tells where the request says
    what the video is to be (role → pointer) and `heights` the pixels of its short side: by the value of the quality
    field, or under the empty name where there is only one. Times are in seconds.
    """

    poll: str
    parameter: str
    submitted: Mapping[str, str]
    polled: Mapping[str, str]
    statuses: Mapping[str, State]
    variants: Mapping[str, Variant]
    video: Mapping[str, str]
    heights: Mapping[str, int]
    expected_base: float
    expected_per_second: float
    result_ttl: float | None

    def expected(self, duration: float) -> float:
        """Return the seconds a video of `duration` seconds is expected to take."""
        return self.expected_base + self.expected_per_second * duration

    def height(self, quality: str | None) -> int:
        """Return the short side in pixels of a video of the quality; the first documented one where it is unknown."""
        return self.heights.get(quality or "") or next(iter(self.heights.values()))

    def state(self, status: str) -> State | None:
        """Return the state that a provider's word means in any variant; None for an unknown word."""
        for statuses in (self.statuses, *(variant.statuses for variant in self.variants.values())):
            if status in statuses:
                return statuses[status]
        return None

    def word(self, state: State, variant: str | None = None) -> str | None:
        """Return the provider's word for a state; None where it has none."""
        statuses = self.variants[variant].statuses if variant else self.statuses
        return next((word for word, meant in statuses.items() if meant == state), None)


@dataclass(frozen=True, slots=True)
class Response:
    """A documented answer: its status, resolved JSON Schema and description."""

    status: int
    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True, eq=False)
class Operation:
    """One HTTP method and path. `request` is the body's resolved JSON Schema without rendered rules, or None."""

    id: str
    method: str
    path: str
    summary: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    request: Mapping[str, Any] | None
    responses: Mapping[int, Response]
    task: Task | None
    source: Source = field(default_factory=Source)

    def field(self, pointer: str, location: Location = "body") -> Field:
        """Return the field at the pointer. Raises KeyError where the operation has none."""
        for found in self.fields:
            if found.pointer == pointer and found.location == location:
                return found
        raise KeyError(f"{self.id} has no {location} field {pointer}")

    def at(self, location: Location) -> Iterator[Field]:
        """Yield the fields of one location in the order of the documentation."""
        return (found for found in self.fields if found.location == location)

    @cached_property
    def _known(self) -> Mapping[str, Known]:
        return {found.pointer: Known(found.default, found.nullable) for found in self.at("body")}

    def lookup(self, pointer: str) -> Known:
        """Tell a formula what it must know of a body field."""
        return self._known.get(pointer, Known())

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """What each rule demands, in the order of `rules`."""
        return tuple(formula(rule, self.lookup) for rule in self.rules)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """What is reported when a rule is broken, in the order of `rules`."""
        return tuple(self._check(rule) for rule in self.rules)

    def _check(self, rule: Rule) -> Check:
        fields = tuple(dict.fromkeys(rule.mentioned()))
        message, allowed = english.message(rule, self.lookup), english.allowed(rule)
        return Check(rule.id, fields, message, allowed, rule.source, rule.severity)

    @cached_property
    def find(self) -> Find:
        """The compiled check of a request body, for those who check many."""
        from specs.validation import compile_find  # native code that a reader of the contract need not load

        return compile_find(self)

    def validate(self, body: Any) -> tuple[Violation, ...]:
        """Return all that is wrong with a request body, fields first, then rules; warnings included."""
        return tuple([found.violation() for found in self.find(body)])


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One documented error: the code in the body, the HTTP status, what it means."""

    code: str | int
    status: int
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Errors:
    """The provider's error body: where its parts stand (status, code, title, message, details) and its codes."""

    pointers: Mapping[str, str]
    codes: tuple[ErrorCode, ...]

    def for_meaning(self, meaning: Meaning) -> ErrorCode | None:
        """Return the first code with the meaning, or with what stands in for it; None where nothing fits."""
        wanted: str | None = meaning
        while wanted is not None:
            for code in self.codes:
                if code.meaning == wanted:
                    return code
            wanted = _STAND_IN.get(wanted)
        return None


@dataclass(frozen=True, slots=True)
class Authentication:
    """How a request is signed: the header and what stands before the key in it."""

    header: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Page:
    """A documentation page that the contract was read from."""

    key: str
    address: str
    title: str | None


@dataclass(frozen=True, eq=False)
class Contract:
    """Everything that is known of one provider. `document` is the OpenAPI document as read (read only)."""

    provider: str
    title: str
    version: str
    servers: tuple[str, ...]
    authentication: Authentication
    operations: tuple[Operation, ...]
    errors: Errors
    pages: tuple[Page, ...]
    document: Mapping[str, Any]

    def operation(self, operation_id: str) -> Operation:
        """Return the operation. Raises KeyError, naming those there are."""
        for found in self.operations:
            if found.id == operation_id:
                return found
        raise KeyError(
            f"{self.provider} has no operation {operation_id!r} (one of: {', '.join(o.id for o in self.operations)})"
        )

    @property
    def submits(self) -> tuple[Operation, ...]:
        """The operations that start a task."""
        return tuple(found for found in self.operations if found.task is not None)
