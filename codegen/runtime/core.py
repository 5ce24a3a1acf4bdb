"""What a client does, as flows: submit, poll, watch, download. No I/O stands here, and no logic stands elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import quote, urlencode, urljoin

from specs.checks import is_object

from . import errors, lifecycle
from .description import Operation, TaskShape, every, first
from .effects import Answer, Failure, Flow, Received, Send, Sleep
from .lifecycle import Event, State
from .requests import Request
from .retries import SUBMIT_SAFETY, outcome, pause, retry_after
from .settings import DEFAULT, Happening, Settings, Timeout

if TYPE_CHECKING:
    from .results import Part

JSON_HEADERS = {"accept": "application/json"}
BODY_HEADERS = {**JSON_HEADERS, "content-type": "application/json"}
REDIRECTS = (301, 302, 303, 307, 308)
RANGE_NOT_SATISFIABLE = 416
REQUEST_IDS = ("x-request-id", "request-id", "x-trace-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the provider says of a task at one moment. `progress` in per cent, `eta` in seconds, `raw` the answer."""

    operation: str
    id: str
    state: State
    status: str
    progress: float | None
    eta: float | None
    reason: str
    code: str
    title: str
    raw: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        """Whether the task has ended."""
        return self.state.ended


class Deadline:
    """A total time on the client's clock; None is none."""

    def __init__(self, settings: Settings, seconds: float | None) -> None:
        self.clock, self.begun = settings.clock, settings.clock()
        self.at = None if seconds is None else self.begun + seconds

    def left(self) -> float:
        """Return how many seconds are left."""
        return inf if self.at is None else self.at - self.clock()


# --- answers ------------------------------------------------------------------------------------------


def decoded(answer: Answer) -> Any:
    """Return the JSON value of an answer, or None where it is none."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def provider_error(settings: Settings, answer: Answer) -> errors.ProviderError:
    """Return the error that an answer means; the contract's codes decide, then the status."""
    body, provider = decoded(answer), settings.provider
    part = {name: first(body, place) for name, place in provider.error_parts.items()}
    code = part.get("code")
    code = code if isinstance(code, (str, int)) else None
    fallback = errors.ServerError if answer.status >= 500 else errors.ProviderError
    kind = errors.BY_MEANING.get(provider.meanings.get(str(code), "")) or errors.BY_STATUS.get(answer.status, fallback)
    message = ": ".join(str(part[name]) for name in ("title", "message") if part.get(name))
    if body is None and not message:
        message = answer.content[:200].decode("utf-8", "replace").strip()
    request_id = next((settings.hide(answer.headers[name]) for name in REQUEST_IDS if name in answer.headers), None)
    return kind(answer.status, code, message, request_id=request_id, body=body, retry_after=retry_after(answer.headers))


def snapshot(operation: Operation, task_id: str, raw: Any, last: State = State.RUNNING) -> Snapshot:
    """Read a poll's answer (or a webhook's) in the places that the contract names; `last` is where the task stood."""
    shape = _shape(operation)
    found = {name: first(raw, *places) for name, places in shape.polled.items()}
    word = str(found.get("status") or "")
    state = last if last.ended else lifecycle.advance(last, lifecycle.said(word, shape.statuses))
    return Snapshot(
        operation=operation.id, id=task_id, state=state, status=word,
        progress=_number(found.get("progress")), eta=_number(found.get("eta")), reason=_text(found.get("reason")),
        code=_text(found.get("reason_code")), title=_text(found.get("reason_title")), raw=raw,
    )  # fmt: skip


def said_operation(operations: Mapping[str, Operation], operation: Operation, raw: Any) -> Operation:
    """Return which of the operations that are polled alike an answer names as the task's type; or the one given."""
    shape = _shape(operation)
    word = _letters(first(raw, *shape.polled.get("type", ())))
    alike = (found for found in operations.values() if found.task is not None and found.task.poll == shape.poll)
    return next((found for found in alike if _letters(found.id) == word), operation)


def _letters(value: Any) -> str:
    return re.sub("[^a-z0-9]", "", str(value).lower())


def _shape(operation: Operation) -> TaskShape:
    if operation.task is None:
        raise TypeError(f"{operation.id} starts no task")
    return operation.task


def _number(value: Any) -> float | None:
    try:
        found = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def task_id_of(value: Any) -> str:
    """Return the id of a task, a text or a whole number, as text; what is none is empty."""
    return str(value) if isinstance(value, str) or type(value) is int else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def videos(operation: Operation, raw: Any) -> list[tuple[str, float | None]]:
    """Return the result's URLs, each with the seconds it can be fetched, where the provider says so."""
    shape = _shape(operation)
    urls = [url for place in shape.polled.get("video", ()) for url in every(raw, place) if isinstance(url, str) and url]
    ttls = [ttl for place in shape.polled.get("video_ttl", ()) for ttl in every(raw, place)]
    return [(url, _number(ttls[number]) if number < len(ttls) else None) for number, url in enumerate(urls)]


# --- flows --------------------------------------------------------------------------------------------


def submit(settings: Settings, request: Request, timeout: Timeout = DEFAULT) -> Flow[str]:
    """Submit once, in the sense of the life cycle: it is sent again only from NEW. Return the task's id.

    Raises SubmitOutcomeUnknown, ConnectionFailed, DeadlineExceeded or a ProviderError.
    """
    operation, deadline = request.operation, Deadline(settings, settings.submit_limit(timeout))
    state = State.NEW
    settings.key()
    for attempt in range(settings.attempts):
        state, sent_at = lifecycle.advance(state, Event.SEND), datetime.now(UTC)
        reply = yield from request_once(settings, request, deadline, sent_at)
        kind = outcome(reply)
        event, task_id = SUBMIT_SAFETY[kind].event, ""
        if event is Event.ACCEPTED and isinstance(reply, Answer):
            task_id = task_id_of(first(decoded(reply), *_shape(operation).submitted["id"]))
            event = Event.ACCEPTED if task_id else Event.LOST
        state = lifecycle.advance(state, event)
        if state is State.QUEUED:
            if settings.watched(20):
                settings.happened(Happening("state", operation.id, f"submitted as {operation.id}:{task_id}", task_id))
            return task_id
        if state is State.UNCERTAIN:
            raise lost(settings, request, reply, sent_at)
        if state is State.REFUSED and isinstance(reply, Answer):
            raise provider_error(settings, reply)
        wait = pause(reply, attempt, settings.chance())
        if attempt + 1 == settings.attempts or wait >= deadline.left():
            raise given_up(settings, reply, operation.id, deadline, wait)
        settings.happened(Happening("retry", operation.id, f"{kind}; again in {wait:.1f} s"))
        yield Sleep(wait)
    raise AssertionError("the loop ends by return or raise")


def request_once(settings: Settings, request: Request, deadline: Deadline, sent_at: datetime) -> Flow[Received]:
    """Send a request once. What interrupts it says that it may have been accepted."""
    headers = BODY_HEADERS if request.content is not None else JSON_HEADERS
    url = settings.base_url + request.target
    effect = Send(request.operation.method, url, request.content, headers, deadline=deadline.at)
    try:
        return (yield from observed(settings, request.operation.id, effect))
    except errors.ClientError:
        raise
    except BaseException as error:  # a hook of a borrowed client, a cancellation, Ctrl-C
        unknown = lost(settings, request, Failure("disconnected", settings.hide(repr(error))), sent_at)
        if isinstance(error, Exception):
            raise unknown from error
        tell(settings, error, str(unknown))
        raise


def tell(settings: Settings, error: BaseException, note: str) -> None:
    """Add a note to an error; that of a cancellation, which may end in silence, is logged too."""
    error.add_note(note)
    if not isinstance(error, (Exception, KeyboardInterrupt)):
        settings.logger.warning("%s", note)


def observed(settings: Settings, operation: str, effect: Send, task: str | None = None) -> Flow[Received]:
    """Send, and tell log and hooks of it."""
    watched, begun = settings.watched(10), settings.clock()
    if watched:
        path = _PRIVATE.sub("", effect.url.removeprefix(settings.base_url))
        settings.happened(Happening("request", operation, f"{effect.method} {path}", task))
    reply: Received = Failure("not connected", "no time was left to send it")
    if effect.deadline is None or settings.clock() < effect.deadline:
        reply = yield effect
    if watched:
        status = reply.status if isinstance(reply, Answer) else None
        detail = str(status) if isinstance(reply, Answer) else reply.kind
        settings.happened(Happening("answer", operation, detail, task, status, settings.clock() - begun))
    return reply


_PRIVATE = re.compile(r"(?<=//)[^/?#]*@|[?#].*", re.DOTALL)
"""What of an address is not told: who asks, and what a signature may be part of."""


def lost(settings: Settings, request: Request, reply: Received, sent_at: datetime) -> errors.SubmitOutcomeUnknown:
    """Return the error for a request of which nobody can tell whether it took effect."""
    cause = provider_error(settings, reply) if isinstance(reply, Answer) else None
    problem = _problem(reply) if cause is None else f"was answered by no proof of what became of it ({cause})"
    return errors.SubmitOutcomeUnknown(request.operation.id, request.sha256, sent_at, problem, cause)


def _problem(reply: Received) -> str:
    return f"{reply.kind} ({reply.text})" if isinstance(reply, Failure) else f"HTTP {reply.status}"


def given_up(settings: Settings, reply: Received, name: str, deadline: Deadline, wait: float) -> errors.ClientError:
    """Return the error for a reply that is not repeated any more."""
    if isinstance(reply, Answer):
        return provider_error(settings, reply)
    if wait >= deadline.left():
        return errors.DeadlineExceeded(f"{name}: the time is up; the last try was {_problem(reply)}")
    return errors.ConnectionFailed(f"{name}: {_problem(reply)}")


def read(settings: Settings, operation: str, url: str, deadline: Deadline, task: str | None = None) -> Flow[Any]:
    """GET and decode JSON, repeated until the deadline where that can help: reading changes nothing."""
    attempt = 0
    while True:
        effect = Send("GET", url, headers=JSON_HEADERS, deadline=deadline.at)
        reply = yield from observed(settings, operation, effect, task)
        kind = outcome(reply)
        body = decoded(reply) if isinstance(reply, Answer) and kind == "accepted" else None
        if is_object(body):
            return body
        if isinstance(reply, Answer) and not SUBMIT_SAFETY[kind].read_again and kind != "accepted":
            raise provider_error(settings, reply)
        wait = pause(reply, min(attempt, 6), settings.chance())
        endless = deadline.at is None and attempt + 1 >= max(10, settings.attempts)
        if endless or wait >= deadline.left():
            if isinstance(reply, Answer) and kind == "accepted":
                raise errors.UnexpectedAnswer(reply.status, None, "the answer is no JSON object")
            raise given_up(settings, reply, operation, deadline, wait)
        settings.happened(Happening("retry", operation, f"{kind}; again in {wait:.1f} s", task))
        yield Sleep(wait)
        attempt += 1


def poll_url(settings: Settings, operation: Operation, task_id: str) -> str:
    """Return the address at which a task is asked for."""
    shape = _shape(operation)
    poll = settings.provider.operations[shape.poll]
    if poll.elsewhere.get(shape.parameter) == "path":
        path = poll.path.replace("{" + shape.parameter + "}", quote(task_id, safe=""))
        return settings.base_url + path
    return f"{settings.base_url}{poll.path}?{urlencode({shape.parameter: task_id})}"


def poll(settings: Settings, operation: Operation, task_id: str, deadline: Deadline, last: State) -> Flow[Snapshot]:
    """Ask once how a task stands; `last` is where it stood."""
    raw = yield from read(settings, operation.id, poll_url(settings, operation, task_id), deadline, task_id)
    return snapshot(said_operation(settings.provider.operations, operation, raw), task_id, raw, last)


class Watch:
    """Polls of one task, paced: `step` waits as long as makes sense, asks, and returns what it was told.

    The pace follows the expected time (a thirtieth, 1 to 10 s) and the provider's estimate, unless it is fixed by
    `poll_interval`. An unknown status word is reported once.
    """

    def __init__(
        self, settings: Settings, operation: Operation, task_id: str, expected: float, timeout: float | None,
        state: State = State.QUEUED,
    ) -> None:  # fmt: skip
        self.settings, self.operation, self.task_id = settings, operation, task_id
        self.expected, self.state, self.final = expected, state, False
        self.deadline = Deadline(settings, timeout)
        self.last: Snapshot | None = None
        self.warned: set[str] = set()

    def step(self) -> Flow[Snapshot]:
        """Return the next snapshot. Raises DeadlineExceeded where the total time does not leave room for it."""
        if self.last is not None:
            wait, left = self.interval(self.last), self.deadline.left()
            if self.final or left <= 0:
                passed = self.settings.clock() - self.deadline.begun
                raise errors.DeadlineExceeded(
                    f"{self.operation.id}:{self.task_id} is {self.last.state} after {passed:.3g} s; it goes on"
                )
            if wait >= left:  # the last poll has some time left to be answered in
                wait, self.final = left - min(left / 2, 1.0), True
            yield Sleep(wait)
        found = yield from poll(self.settings, self.operation, self.task_id, self.deadline, self.state)
        if self.last is None or found.state is not self.state:
            self.settings.happened(Happening("state", self.operation.id, f"{self.task_id} {found.state}", self.task_id))
        if found.status not in _shape(self.operation).statuses and found.status not in self.warned:
            self.warned.add(found.status)
            self.settings.logger.warning(
                "%s: the unknown status %r counts as running", self.operation.id, found.status[:80]
            )
        self.last, self.state = found, found.state
        return found

    def interval(self, last: Snapshot) -> float:
        """Return the seconds until the next poll."""
        if self.settings.poll_interval is not None:
            return self.settings.poll_interval
        pace = min(max(self.expected / 30, 1.0), 10.0)
        if last.eta is not None and last.eta > 0:
            pace = min(max(last.eta / 4, 1.0), 10.0)
        return pace * (0.9 + self.settings.chance() / 5)

    def steps(self) -> Iterator[Flow[Snapshot]]:
        """Yield one flow for each snapshot until the task has ended."""
        while self.last is None or not self.last.ended:
            yield self.step()


def ended_well(found: Snapshot) -> Snapshot:
    """Return the snapshot of a task that succeeded. Raises TaskFailed or TaskCanceled for the other ends."""
    if found.state is State.SUCCEEDED:
        return found
    why = ": ".join(part for part in (found.title, found.reason) if part) or "no reason is given"
    kind = errors.TaskCanceled if found.state is State.CANCELED else errors.TaskFailed
    token = f"{found.operation}:{found.id}"
    raise kind(f"{token} {found.state}: {why}", reason=found.reason, code=found.code, title=found.title, raw=found.raw)


def call(settings: Settings, request: Request, timeout: Timeout) -> Flow[Any]:
    """Call an operation that starts no task; only a GET is repeated."""
    deadline = Deadline(settings, settings.submit_limit(timeout))
    settings.key()
    if request.operation.method == "GET":
        return (yield from read(settings, request.operation.id, settings.base_url + request.target, deadline))
    sent_at = datetime.now(UTC)
    reply = yield from request_once(settings, request, deadline, sent_at)
    if isinstance(reply, Answer) and outcome(reply) == "accepted":
        return decoded(reply)
    if SUBMIT_SAFETY[outcome(reply)].event is Event.LOST:
        raise lost(settings, request, reply, sent_at)
    raise given_up(settings, reply, request.operation.id, deadline, 0.0)


def is_page(answer: Answer) -> bool:
    """Tell whether the answer is a web page or JSON: to sign in, or to say sorry, instead of what was asked for."""
    sort = answer.headers.get("content-type", "").lower()
    return answer.status == 200 and sort.startswith(("text/html", "application/json"))


def _redirected(address: str, reply: Received) -> str | None:
    """Return the address that a redirect names, or None."""
    with suppress(KeyError, ValueError):
        if isinstance(reply, Answer) and reply.status in REDIRECTS:
            return urljoin(address, reply.headers["location"])
    return None


def download(settings: Settings, url: str, sink: Part, deadline: Deadline, operation: str, task: str) -> Flow[None]:
    """Fetch a result into the sink, resumed where it broke. Only the API's own origin is sent the key.

    Raises ProviderError for an answer such as 404, ConnectionFailed or DeadlineExceeded.
    """
    attempt, address, hops, furthest = 0, url, 0, 0
    while True:
        headers = {"accept-encoding": "identity", **sink.resume()}
        signed = settings.api_key is not None and settings.own_origin(address)
        effect = Send("GET", address, headers=headers, signed=signed, deadline=deadline.at, sink=sink)
        reply = yield from observed(settings, operation, effect, task)
        if hops < 5 and (following := _redirected(address, reply)) is not None:
            address, hops = following, hops + 1
            continue
        if isinstance(reply, Answer) and is_page(reply):
            raise errors.UnexpectedAnswer(reply.status, None, "a web page or JSON came instead of the video")
        problem = sink.problem() if isinstance(reply, Answer) and outcome(reply) == "accepted" else _problem(reply)
        if problem is None:
            return
        if _refused(reply) and not SUBMIT_SAFETY[outcome(reply)].read_again:
            raise provider_error(settings, reply)
        attempt = 0 if sink.received > furthest else attempt + 1  # what makes progress goes on until the deadline
        furthest = max(furthest, sink.received)
        wait = pause(reply, attempt, settings.chance())
        if attempt >= settings.attempts or wait >= deadline.left():
            failed = Failure("disconnected", problem)
            raise given_up(settings, reply if _refused(reply) else failed, operation, deadline, wait)
        settings.happened(Happening("retry", operation, f"download: {problem}; again in {wait:.1f} s", task))
        yield Sleep(wait)


def _refused(reply: Received) -> TypeGuard[Answer]:
    """Tell whether the provider said no; a range that it does not have only means to begin anew."""
    return isinstance(reply, Answer) and reply.status >= 300 and reply.status != RANGE_NOT_SATISFIABLE
