"""Submit safety, row by row: how many POSTs each outcome causes, and what is raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from codegen.runtime import core, errors, retries
from codegen.runtime.effects import Answer, Failure
from codegen.runtime.lifecycle import Event
from codegen.runtime.requests import Request
from codegen.runtime.settings import Happening
from codegen.runtime.wire import AsyncShell, SyncShell

ROWS: list[tuple[str, Any, int, type[Exception]]] = [
    ("connect error", Failure("not connected", "ConnectError"), 3, errors.ConnectionFailed),
    ("read time-out", Failure("timed out", "ReadTimeout"), 1, errors.SubmitOutcomeUnknown),
    ("disconnect", Failure("disconnected", "RemoteProtocolError"), 1, errors.SubmitOutcomeUnknown),
    *((str(code), Answer(code, {}), 1, errors.SubmitOutcomeUnknown) for code in (500, 502, 503, 504, 599)),
    ("2xx without an id", Answer(200, {}, b'{"hello": 1}'), 1, errors.SubmitOutcomeUnknown),
    ("2xx with garbage", Answer(200, {}, b"<html>"), 1, errors.SubmitOutcomeUnknown),
    ("429", Answer(429, {}), 3, errors.RateLimited),
    ("400", Answer(400, {}), 1, errors.BadRequest),
    ("401", Answer(401, {}), 1, errors.InvalidApiKey),
    ("402", Answer(402, {}), 1, errors.InsufficientBalance),
    ("403", Answer(403, {}), 1, errors.PermissionDenied),
    ("404", Answer(404, {}), 1, errors.NotFound),
    ("418", Answer(418, {}), 1, errors.ProviderError),
    ("302", Answer(302, {"location": "https://evil.test"}), 1, errors.ProviderError),
    *((str(code), Answer(code, {"location": "/tasks/7"}), 1, errors.SubmitOutcomeUnknown) for code in (300, 303, 304)),
    *(
        (f"the id {text}", Answer(200, {}, b'{"task_id": %s}' % text.encode()), 1, errors.SubmitOutcomeUnknown)
        for text in ('{"a": 1}', "true", '["x"]', '""', "null", "1.5")
    ),
    ("Retry-After beyond time", Answer(500, {"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}), 1,
     errors.SubmitOutcomeUnknown),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "posts", "kind"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_outcome(world: Any, request_: Request, reply: Any, posts: int, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        world.drive(core.submit(world.settings(), request_, 120), [reply])
    assert len(world.sent) == posts
    assert type(raised.value) is kind
    assert "secret" not in repr(raised.value) + str(raised.value)


def test_the_table_knows_every_outcome_and_repeats_only_on_proof() -> None:
    seen = {retries.outcome(reply) for _, reply, _, _ in ROWS} | {"accepted"}
    assert seen == set(retries.SUBMIT_SAFETY)
    repeated = {kind for kind, row in retries.SUBMIT_SAFETY.items() if row.event is Event.NOT_TAKEN}
    assert repeated == {"not connected", "rate limited"}


SENT = {"task_id": 17}


def shell(world: Any, answered: Any, **options: Any) -> SyncShell:
    """A shell whose HTTP client is answered so, or raises it."""

    def handler(request: httpx.Request) -> httpx.Response:
        world.sent.append(request)
        if isinstance(answered, BaseException):
            raise answered
        return httpx.Response(200, json=answered)

    return SyncShell(world.settings(**options), httpx.Client(transport=httpx.MockTransport(handler)))


def test_an_id_may_be_a_whole_number(world: Any, request_: Request) -> None:
    made = shell(world, SENT)
    assert made.run(core.submit(made.settings, request_, 120)) == "17"


def test_what_a_hook_of_the_http_client_raises_is_an_unknown_outcome(world: Any, request_: Request) -> None:
    def refuse(response: httpx.Response) -> None:
        response.raise_for_status()

    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    made = SyncShell(world.settings(), httpx.Client(transport=transport, event_hooks={"response": [refuse]}))
    with pytest.raises(errors.SubmitOutcomeUnknown, match="HTTPStatusError") as raised:
        made.run(core.submit(made.settings, request_, 120))
    assert isinstance(raised.value.__cause__, httpx.HTTPStatusError)


def test_ctrl_c_says_what_was_sent(world: Any, request_: Request) -> None:
    made = shell(world, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as raised:
        made.run(core.submit(made.settings, request_, 120))
    (note,) = raised.value.__notes__
    assert request_.sha256[:12] in note
    assert "make was sent at" in note
    assert "billed" in note


def test_a_cancelled_submit_says_what_was_sent(world: Any, request_: Request, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def handler(_: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

        made = AsyncShell(world.settings(), httpx.AsyncClient(transport=httpx.MockTransport(handler)))
        flow = core.submit(made.settings, request_, None)
        with pytest.raises(TimeoutError) as raised:
            await asyncio.wait_for(made.run(flow), 0.01)
        assert isinstance(raised.value.__cause__, asyncio.CancelledError)
        assert "billed" in raised.value.__cause__.__notes__[0]
        assert "billed" in caplog.text  # a task group swallows cancellations, notes and all

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["request", "answer", "state"])
def test_a_hook_that_fails_loses_no_id(
    world: Any, request_: Request, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(happening: Happening) -> None:
        if happening.kind == kind:
            raise RuntimeError("the hook broke")

    made = shell(world, SENT, on_event=hook)
    assert made.run(core.submit(made.settings, request_, 120)) == "17"
    assert [record.exc_info is not None for record in caplog.records if "on_event" in record.getMessage()] == [True]


def test_ctrl_c_in_a_hook_tells_the_id(world: Any, request_: Request) -> None:
    def hook(happening: Happening) -> None:
        if happening.kind == "state":
            raise KeyboardInterrupt

    made = shell(world, SENT, on_event=hook)
    with pytest.raises(KeyboardInterrupt) as raised:
        made.run(core.submit(made.settings, request_, 120))
    assert raised.value.__notes__ == ["make state: submitted as make:17"]


def test_a_closed_http_client_is_no_unknown_outcome(world: Any, request_: Request) -> None:
    made = shell(world, SENT)
    made.http().close()
    with pytest.raises(errors.ConfigurationError, match="closed"):
        made.run(core.submit(made.settings, request_, 120))
    assert world.sent == []


def test_a_lost_submit_says_what_was_sent(world: Any, request_: Request) -> None:
    lost = httpx.Response(
        500, headers={"x-request-id": "r-7 sk-very-secret"}, json={"code": "BROKEN", "message": "key sk-very-secret"}
    )
    made = SyncShell(world.settings(), httpx.Client(transport=httpx.MockTransport(lambda _: lost)))
    with pytest.raises(errors.SubmitOutcomeUnknown) as raised:
        made.run(core.submit(made.settings, request_, 120))
    error = raised.value
    assert error.operation == "make"
    assert error.sha256 == request_.sha256
    assert error.sent_at.tzinfo is not None
    assert error.cause is not None
    assert (error.cause.code, error.cause.request_id) == ("BROKEN", "r-7 ***")
    assert "sk-very-secret" not in str(error) + repr(error.cause.body)


def test_retry_after_is_honoured_and_capped(world: Any, request_: Request, say: Callable[..., Answer]) -> None:
    replies = [say(429, retry_after="7"), say(429, retry_after="9999"), say(200, {"task_id": "t1"})]
    assert world.drive(core.submit(world.settings(), request_, None), replies) == "t1"
    assert world.slept == [pytest.approx(7 * 1.05), pytest.approx(60 * 1.05)]


def test_what_would_pass_the_deadline_is_not_waited_for(
    world: Any, request_: Request, say: Callable[..., Answer]
) -> None:
    with pytest.raises(errors.RateLimited) as raised:
        world.drive(core.submit(world.settings(), request_, 5), [say(429, {"code": "SLOW"}, retry_after="30")])
    assert raised.value.retry_after == 30
    assert world.slept == []


def test_a_date_in_retry_after() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retries.retry_after({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, now) == 30
    assert retries.retry_after({"retry-after": "soon"}, now) is None
    assert retries.retry_after({"retry-after": "-5"}, now) is None
    assert retries.retry_after({"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, now) is None
    assert retries.retry_after({"retry-after": "Mon, 01 Jan 2030 00:00:00 +99999999999999999999"}, now) is None


def test_without_a_key_nothing_is_sent(world: Any, request_: Request) -> None:
    from dataclasses import replace

    with pytest.raises(errors.ConfigurationError, match="TEST_API_KEY"):
        world.drive(core.submit(replace(world.settings(), api_key=None), request_, 5), [Answer(200, {})])
    assert world.sent == []


def test_a_code_decides_before_the_status(world: Any, request_: Request, say: Callable[..., Answer]) -> None:
    with pytest.raises(errors.InsufficientBalance) as raised:
        world.drive(core.submit(world.settings(), request_, 5), [say(400, {"code": "NO_MONEY", "message": "empty"})])
    assert str(raised.value) == "HTTP 400 NO_MONEY: empty"
