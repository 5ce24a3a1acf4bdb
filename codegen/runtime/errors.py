"""Everything that a client raises.

    ClientError
    ├── ConfigurationError        no API key, an unusable option
    ├── InvalidRequest            yours: refused here, before anything was sent
    ├── ProviderError             theirs: the provider answered with an error
    │   ├── BadRequest
    │   ├── ContentRefused
    │   ├── InsufficientBalance
    │   ├── InvalidApiKey
    │   ├── PermissionDenied
    │   ├── NotFound
    │   │   └── TaskNotFound
    │   ├── Conflict
    │   ├── RateLimited
    │   ├── ServerError
    │   └── UnexpectedAnswer      an answer that cannot be read
    ├── WireError                 the wire: no answer, or none in time
    │   ├── ConnectionFailed      nothing was accepted; safe to try again
    │   ├── SubmitOutcomeUnknown  it may have been accepted and billed; not repeated
    │   └── DeadlineExceeded      the total time is up: of a submit nothing was accepted, a task goes on
    └── TaskError                 the task's own end
        ├── TaskFailed
        └── TaskCanceled

Every error that happens after a submit has `.task`, from which the work can be resumed. One that was pickled or copied
has its `.token` instead: `client.task(error.token)`.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specs.checks import Violation

    from .tasks import AsyncTask, Task


class ClientError(Exception):
    """The base of all errors of this package; `task` is the task it happened to, `token` its token, if there is one."""

    task: Task | AsyncTask | None = None
    token: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {name: value for name, value in self.__dict__.items() if name != "task"}  # it holds the connections
        return copyreg.__newobj__, (type(self), *self.args), kept  # type: ignore[attr-defined] # typeshed lacks it


class ConfigurationError(ClientError, ValueError):
    """The client cannot work as it is set up."""


class InvalidRequest(ClientError, ValueError):
    """The request breaks limits or rules of the contract; nothing was sent. `violations` lists all of them."""

    def __init__(self, operation: str, violations: Sequence[Violation]) -> None:
        self.operation, self.violations = operation, tuple(violations)
        lines = "\n".join(f"  - {found}" for found in self.violations)
        super().__init__(f"{operation} was not sent:\n{lines}")


class ProviderError(ClientError):
    """The provider answered with an error.

    `status` is the HTTP status, `code` the provider's own code, `message` its text, `request_id` what its support asks
    for, `body` the decoded answer, `retry_after` the seconds it asked to wait.
    """

    def __init__(
        self, status: int, code: str | int | None = None, message: str = "", *, request_id: str | None = None,
        body: Any = None, retry_after: float | None = None,
    ) -> None:  # fmt: skip
        self.status, self.code, self.message, self.request_id = status, code, message, request_id
        self.body, self.retry_after = body, retry_after
        parts = [f"HTTP {status}" if status else "", str(code) if code not in (None, "", status) else ""]
        shown = ": ".join(part for part in (" ".join(filter(None, parts)), message) if part)
        super().__init__(shown + (f" (request {request_id})" if request_id else ""))


class BadRequest(ProviderError):
    """The provider found a parameter wrong."""


class ContentRefused(ProviderError):
    """The prompt or an image was refused by the provider's moderation."""


class InsufficientBalance(ProviderError):
    """The account has too little money."""


class InvalidApiKey(ProviderError):
    """The API key is missing or wrong."""


class PermissionDenied(ProviderError):
    """The account may not do this."""


class NotFound(ProviderError):
    """There is nothing at the address."""


class TaskNotFound(NotFound):
    """The provider does not know the task, or no more."""


class Conflict(ProviderError):
    """It collides with something that exists."""


class RateLimited(ProviderError):
    """Too many requests, even after waiting."""


class ServerError(ProviderError):
    """The provider failed."""


class UnexpectedAnswer(ProviderError):
    """An answer that is not what the provider documents; `status` is 0 where it was no HTTP answer but a webhook."""


class WireError(ClientError):
    """No usable answer arrived."""


class ConnectionFailed(WireError, ConnectionError):
    """No connection, or it broke; what was asked for changes nothing at the provider and may be repeated."""


class SubmitOutcomeUnknown(WireError):
    """A submit was sent and no answer tells whether it was accepted; it was not sent again.

    `operation` says what, `sent_at` when (UTC), `sha256` is the hash of path, line feed and body as sent. Look at the
    provider's own list of tasks, or its billing, before sending it again. `cause` is the provider's error where it
    answered with one.
    """

    def __init__(
        self, operation: str, sha256: str, sent_at: datetime, problem: str, cause: ProviderError | None = None
    ) -> None:
        self.operation, self.sha256, self.sent_at, self.problem, self.cause = operation, sha256, sent_at, problem, cause
        super().__init__(
            f"{operation} was sent at {sent_at:%Y-%m-%dT%H:%M:%SZ} (sha256 {sha256[:12]}…) and {problem}. It may"
            " have been accepted and billed, so it was not repeated. Look at the provider's list of tasks before"
            " sending it again."
        )


class DeadlineExceeded(WireError, TimeoutError):
    """The total time is up. Of a submit nothing was accepted; a task goes on, and `task.wait()` resumes."""


class TaskError(ClientError):
    """The task ended without a result. `code`, `title` and `reason` are the provider's, `raw` its whole answer."""

    def __init__(
        self, message: str, *, reason: str = "", code: str = "", title: str = "", raw: Mapping[str, Any] | None = None
    ) -> None:
        self.reason, self.code, self.title, self.raw = reason, code, title, dict(raw or {})
        super().__init__(message)


class TaskFailed(TaskError):
    """The provider could not make the video."""


class TaskCanceled(TaskError):
    """The task was canceled."""


BY_MEANING: Mapping[str, type[ProviderError]] = {
    "invalid_request": BadRequest, "image_too_large": BadRequest, "image_format": BadRequest,
    "image_dimensions": BadRequest, "content_refused": ContentRefused, "insufficient_balance": InsufficientBalance,
    "missing_api_key": InvalidApiKey, "invalid_api_key": InvalidApiKey, "permission_denied": PermissionDenied,
    "not_found": NotFound, "task_not_found": TaskNotFound, "method_not_allowed": BadRequest, "too_large": BadRequest,
    "unsupported_media_type": BadRequest, "conflict": Conflict, "rate_limited": RateLimited,
    "server_error": ServerError, "task_failed": ServerError,
}  # fmt: skip
"""What a code means, by the contract → the class that is raised."""

BY_STATUS: Mapping[int, type[ProviderError]] = {
    400: BadRequest, 401: InvalidApiKey, 402: InsufficientBalance, 403: PermissionDenied, 404: NotFound,
    409: Conflict, 422: BadRequest, 429: RateLimited, 451: ContentRefused,
}  # fmt: skip
"""The class for a status whose code the contract does not know."""
