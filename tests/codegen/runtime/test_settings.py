"""Set-up and secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from codegen.runtime import core, errors
from codegen.runtime.description import Provider
from codegen.runtime.requests import Request
from codegen.runtime.settings import DEFAULT, Happening, Secret, Settings, origin, settings
from codegen.runtime.tasks import Task
from codegen.runtime.wire import SyncShell
from specs.checks import Violation


def test_arguments_before_environment_before_contract(provider: Provider) -> None:
    known = {"TEST_API_KEY": "from-env", "TEST_BASE_URL": "http://env.test/"}
    assert settings(provider, environment={}).base_url == "https://api.test"
    assert settings(provider, environment={}).api_key is None
    found = settings(provider, environment=known)
    assert (found.base_url, found.key().reveal()) == ("http://env.test", "from-env")
    found = settings(provider, "given", "http://given.test", environment=known)
    assert (found.base_url, found.key().reveal()) == ("http://given.test", "given")


@pytest.mark.parametrize("key", ["a b\n", " sk-17", "schlüssel", "x\ny"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(provider: Provider, key: str) -> None:
    with pytest.raises(errors.ConfigurationError) as raised:
        settings(provider, key, environment={})
    assert key not in str(raised.value)


@pytest.mark.parametrize("options", [{"base_url": "ftp://x"}, {"base_url": "nowhere"}, {"options": {"attempts": 0}},
                                     {"options": {"validate": "maybe"}}, {"options": {"colour": "red"}},
                                     {"options": {"wait_timeout": "5"}}, {"options": {"submit_timeout": True}},
                                     {"options": {"read_timeout": None}}, {"options": {"poll_interval": float("nan")}},
                                     {"base_url": "http://["}])  # fmt: skip
def test_unusable_options_are_refused(provider: Provider, options: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        settings(provider, "key", environment={}, **options)


@pytest.mark.parametrize("timeout", ["5", httpx.Timeout(5), float("nan"), True])
def test_what_is_no_time_is_refused(provider: Provider, timeout: Any) -> None:
    chosen = settings(provider, "key", environment={})
    for limit in (chosen.submit_limit, lambda given: chosen.wait_limit(1.0, given)):
        with pytest.raises(errors.ConfigurationError, match="number of seconds"):
            limit(timeout)
    assert (chosen.submit_limit(DEFAULT), chosen.submit_limit(None), chosen.submit_limit(7)) == (120.0, None, 7)


def test_a_password_in_the_address_is_refused_without_showing_it(provider: Provider) -> None:
    with pytest.raises(errors.ConfigurationError, match="user or password") as raised:
        settings(provider, "key", "https://user:pa55word@proxy.test/x", environment={})
    assert "pa55word" not in str(raised.value)


def test_what_cannot_be_awaited_is_no_coroutine_function(provider: Provider) -> None:
    async def hook(happening: Happening) -> None:
        del happening

    with pytest.raises(errors.ConfigurationError, match="on_event"):
        settings(provider, "key", options={"on_event": hook}, environment={})


def test_settings_are_shown_in_short(provider: Provider) -> None:
    assert len(repr(settings(provider, "key", environment={}))) < 400


def an_error(kind: type[errors.ClientError]) -> errors.ClientError:
    if issubclass(kind, errors.ProviderError):
        return kind(402, "NO_MONEY", "empty", request_id="r-7", body={"a": 1}, retry_after=3.0)
    if issubclass(kind, errors.TaskError):
        return kind("make:t1 failed", reason="dark", code="7", title="Dark", raw={"a": 1})
    if kind is errors.InvalidRequest:
        return errors.InvalidRequest("make", [Violation("a.type", ("/a",), {"/a": 1}, "string", "`a` must be string.")])
    if kind is errors.SubmitOutcomeUnknown:
        return errors.SubmitOutcomeUnknown("make", "ab" * 32, datetime.now(UTC), "timed out", errors.ServerError(500))
    return kind("what happened")


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ClientError)]


@pytest.mark.parametrize("kind", KINDS)
def test_errors_go_to_other_processes(provider: Provider, kind: type[errors.ClientError]) -> None:
    error = an_error(kind)
    shell = SyncShell(Settings(provider, Secret("sk-very-secret"), "https://api.test"))
    Task(shell, provider.operations["make"], "t1").told(error)
    error.add_note("a note")
    for found in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):  # noqa: S301 (ours)
        assert type(found) is kind
        assert (str(found), found.args, found.__notes__) == (str(error), error.args, ["a note"])
        assert (found.task, found.token) == (None, "make:t1")
        kept = {name: repr(value) for name, value in vars(error).items() if name != "task"}
        assert {name: repr(value) for name, value in vars(found).items()} == kept


def test_a_secret_is_never_shown() -> None:
    secret = Secret("sk-very-secret")
    shown = f"{secret} {secret!r} {[secret]} {secret!s}"
    assert "sk-very" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)


def test_nothing_tells_the_key(provider: Provider, request_: Request, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Happening] = []

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer sk-very-secret"
        if len(seen) < 3:
            raise httpx.ConnectError("cannot reach sk-very-secret")
        return httpx.Response(401, json={"code": "X", "message": "bad key sk-very-secret"})

    chosen = Settings(provider, Secret("sk-very-secret"), "https://api.test", on_event=seen.append)
    shell = SyncShell(chosen, httpx.Client(transport=httpx.MockTransport(handler)))
    shell.sleep = lambda _: None
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.InvalidApiKey) as raised:
        shell.run(core.submit(chosen, request_, 60))
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.body) + repr(seen) + repr(chosen)
    ours = "".join(record.getMessage() for record in caplog.records if record.name == "test_kling")
    assert "submitted" not in ours
    assert "request" in ours
    assert "sk-very-secret" not in told + ours
    assert {happening.kind for happening in seen} == {"request", "answer", "retry"}


@pytest.mark.parametrize(
    "said", ["ab/cd&ef=gh1", r"ab\/cd&ef=gh1", r"ab/cd\u0026ef\u003dgh1", "ab%2Fcd%26ef%3Dgh1", "%61b/cd&ef=gh1"]
)
def test_the_key_is_blotted_out_however_it_is_written(provider: Provider, request_: Request, said: str) -> None:
    chosen = Settings(provider, Secret("ab/cd&ef=gh1"), "https://api.test")
    told = b'{"code": "X", "message": "bad key %b.", "%b": 1}' % (said.encode(), said.encode())
    transport = httpx.MockTransport(lambda _: httpx.Response(401, content=told))
    with pytest.raises(errors.InvalidApiKey, match=r"bad key \*\*\*\.$") as raised:
        SyncShell(chosen, httpx.Client(transport=transport)).run(core.submit(chosen, request_))
    assert raised.value.body == {"code": "X", "message": "bad key ***.", "***": 1}


def test_origins() -> None:
    assert origin("https://A.test/x") == origin("https://a.TEST:443")
    assert origin("http://a.test") != origin("https://a.test")
    assert origin("https://a.test:99999999") != origin("https://a.test")
