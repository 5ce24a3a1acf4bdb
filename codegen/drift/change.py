"""What a change is, and the classes there are, each with its severity.

ERR breaks a program that worked, WARN may, INFO does not. A request breaks when it becomes stricter, an answer when it
becomes looser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from specs import pointers
from specs.checks import Source

Severity = Literal["ERR", "WARN", "INFO"]
SEVERITIES: tuple[Severity, ...] = ("ERR", "WARN", "INFO")
"""The worst first."""

CLASSES: Mapping[str, tuple[Severity, str]] = {
    "provider-removed": ("ERR", "a provider is gone"),
    "provider-added": ("INFO", "there is a new provider"),
    "operation-removed": ("ERR", "an operation is gone"),
    "operation-added": ("INFO", "there is a new operation"),
    "operation-moved": ("ERR", "an operation has another method or path"),
    "operation-renamed": ("ERR", "an operation has another id, by which clients name it"),
    "operation-deprecated": ("WARN", "an operation is deprecated now"),
    "operation-undeprecated": ("INFO", "an operation is not deprecated any more"),
    "operation-server-changed": ("WARN", "an operation is served by other base addresses"),
    "server-removed": ("WARN", "a base address is gone"),
    "server-added": ("INFO", "there is a new base address"),
    "server-default-changed": ("WARN", "another base address comes first"),
    "authentication-changed": ("ERR", "requests are signed in another way"),
    "authentication-dropped": ("INFO", "an operation needs no key any more"),
    "request-content-removed": ("ERR", "a body is not taken in a media type any more"),
    "request-content-added": ("INFO", "a body is taken in another media type, too"),
    "request-field-removed": ("ERR", "a parameter is gone, and requests are closed"),
    "request-field-added-required": ("ERR", "a new parameter must be given"),
    "request-field-added-optional": ("INFO", "a new parameter can be given"),
    "request-field-became-required": ("ERR", "a parameter must be given now"),
    "request-field-became-optional": ("INFO", "a parameter can be left out now"),
    "request-type-narrowed": ("ERR", "a parameter takes fewer types"),
    "request-type-widened": ("INFO", "a parameter takes more types"),
    "request-type-changed": ("ERR", "a parameter takes other types"),
    "request-bound-tightened": ("ERR", "a parameter's limit is stricter"),
    "request-bound-loosened": ("INFO", "a parameter's limit is wider"),
    "request-values-removed": ("ERR", "a parameter takes fewer values"),
    "request-values-added": ("INFO", "a parameter takes more values"),
    "request-media-tightened": ("ERR", "a file's limit is stricter"),
    "request-media-loosened": ("INFO", "a file's limit is wider"),
    "request-schema-changed": ("ERR", "a parameter's schema is another one, in a way that has no order"),
    "request-default-changed": ("WARN", "what is left out means something else"),
    "request-field-deprecated": ("WARN", "a parameter is deprecated now"),
    "request-field-undeprecated": ("INFO", "a parameter is not deprecated any more"),
    "response-status-changed": ("WARN", "success has another HTTP status"),
    "response-field-removed": ("ERR", "a member of the answer is gone"),
    "response-field-added": ("INFO", "the answer has a new member"),
    "response-field-became-optional": ("ERR", "a member of the answer may be missing now"),
    "response-field-became-required": ("INFO", "a member of the answer is always there now"),
    "response-type-widened": ("ERR", "a member of the answer has more types"),
    "response-type-narrowed": ("INFO", "a member of the answer has fewer types"),
    "response-type-changed": ("ERR", "a member of the answer has other types"),
    "response-bound-loosened": ("WARN", "a limit of the answer is wider"),
    "response-bound-tightened": ("INFO", "a limit of the answer is stricter"),
    "response-values-added": ("WARN", "the answer has values that programs do not know"),
    "response-values-removed": ("INFO", "the answer has fewer values"),
    "response-media-loosened": ("WARN", "a file's limit is wider"),
    "response-media-tightened": ("INFO", "a file's limit is stricter"),
    "response-schema-changed": ("WARN", "a member's schema is another one, in a way that has no order"),
    "response-default-changed": ("INFO", "a member of the answer has another default"),
    "response-field-deprecated": ("WARN", "a member of the answer is deprecated now"),
    "response-field-undeprecated": ("INFO", "a member of the answer is not deprecated any more"),
    "rule-added": ("ERR", "a new rule refuses requests that were fine"),
    "rule-added-with-field": ("INFO", "a new rule is about new parameters only"),
    "rule-removed": ("INFO", "a rule is gone, requests that it refused are fine"),
    "rule-tightened": ("ERR", "a rule refuses more"),
    "rule-loosened": ("INFO", "a rule refuses less"),
    "rule-changed": ("ERR", "a rule refuses other requests"),
    "rule-status-changed": ("INFO", "a rule is stated, inferred or contradicted, and was something else"),
    "advice-added": ("WARN", "a parameter has no effect where it had one"),
    "advice-removed": ("INFO", "a parameter has an effect where it had none"),
    "advice-changed": ("WARN", "a parameter has no effect under other conditions"),
    "task-added": ("INFO", "the operation starts a task now"),
    "task-removed": ("ERR", "the operation starts no task any more"),
    "task-poll-changed": ("ERR", "a task is polled by another operation or parameter"),
    "task-place-changed": ("ERR", "a part of the task's state stands elsewhere"),
    "task-place-added": ("INFO", "the task tells more"),
    "task-status-added": ("WARN", "a task can have a status that programs do not know"),
    "task-status-removed": ("INFO", "a status word is gone"),
    "task-status-changed": ("ERR", "a status word means another state"),
    "task-variant-added": ("WARN", "a task can be told in another way that programs do not know"),
    "task-variant-removed": ("INFO", "a way to tell a task is gone"),
    "task-lifetime-shortened": ("WARN", "a result can be fetched for a shorter time"),
    "task-video-changed": ("INFO", "the roles or sizes of the video's parameters are others"),
    "task-time-changed": ("INFO", "a task is expected to take another time, or its result lasts longer"),
    "error-added": ("INFO", "there is a new error code"),
    "error-removed": ("WARN", "an error code is gone"),
    "error-changed": ("WARN", "an error code has another HTTP status or meaning"),
    "webhook-added": ("INFO", "there is a new message to a webhook"),
    "webhook-removed": ("ERR", "a message that programs may wait for is not sent any more"),
    "error-place-changed": ("ERR", "a part of the error body stands elsewhere"),
}  # fmt: skip
"""Class → severity and what it means."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `operations` are the ids of all operations it happened to; none for the whole provider.

    `example` is a request body that is newly refused or newly accepted, as `verdict` says. `decision` is the reason of
    the overlay that decided what is new, where the page at `new_source` does not say it.
    """

    kind: str
    pointer: str
    message: str
    operations: tuple[str, ...] = ()
    location: str = ""
    old: Any = None
    new: Any = None
    old_source: Source = field(default_factory=Source)
    new_source: Source = field(default_factory=Source)
    example: Mapping[str, Any] | None = None
    verdict: str | None = None
    decision: str | None = None

    @property
    def severity(self) -> Severity:
        """ERR, WARN or INFO, by the class."""
        return CLASSES[self.kind][0]

    @property
    def name(self) -> str:
        """The place as a person would name it."""
        return pointers.name(self.pointer) if self.pointer.startswith("/") else self.pointer

    def as_json(self) -> dict[str, Any]:
        """Return the change for a report; what is not known is left out."""
        row = {
            "severity": self.severity, "class": self.kind, "operations": list(self.operations),
            "in": self.location or None, "pointer": self.pointer, "message": self.message, "old": self.old,
            "new": self.new, "old_source": _stated(self.old_source), "new_source": _stated(self.new_source),
            "decision": self.decision, "verdict": self.verdict,
            "example": None if self.example is None else dict(self.example),
        }  # fmt: skip
        return {name: value for name, value in row.items() if value is not None}


def _stated(source: Source) -> str | None:
    return None if source == Source() else str(source)
