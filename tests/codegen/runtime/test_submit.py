"""Submit safety, row by row: how many POSTs each outcome causes, and what is raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codegen.runtime import core, errors, retries
from codegen.runtime.effects import Answer, Failure
from codegen.runtime.lifecycle import Event
from codegen.runtime.requests import Request

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
]


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


def test_a_lost_submit_says_what_was_sent(world: Any, request_: Request) -> None:
    lost = Answer(500, {"x-request-id": "r-7"}, b'{"code": "BROKEN", "message": "key sk-very-secret"}')
    with pytest.raises(errors.SubmitOutcomeUnknown) as raised:
        world.drive(core.submit(world.settings(), request_, 120), [lost])
    error = raised.value
    assert error.operation == "make"
    assert error.sha256 == request_.sha256
    assert error.sent_at.tzinfo is not None
    assert error.cause is not None
    assert (error.cause.code, error.cause.request_id) == ("BROKEN", "r-7")
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


def test_without_a_key_nothing_is_sent(world: Any, request_: Request) -> None:
    from dataclasses import replace

    with pytest.raises(errors.ConfigurationError, match="TEST_API_KEY"):
        world.drive(core.submit(replace(world.settings(), api_key=None), request_, 5), [Answer(200, {})])
    assert world.sent == []


def test_a_code_decides_before_the_status(world: Any, request_: Request, say: Callable[..., Answer]) -> None:
    with pytest.raises(errors.InsufficientBalance) as raised:
        world.drive(core.submit(world.settings(), request_, 5), [say(400, {"code": "NO_MONEY", "message": "empty"})])
    assert str(raised.value) == "HTTP 400 NO_MONEY: empty"
