"""Set-up and secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from typing import Any

import httpx
import pytest

from codegen.runtime import core, errors
from codegen.runtime.description import Provider
from codegen.runtime.requests import Request
from codegen.runtime.settings import Happening, Secret, Settings, origin, settings
from codegen.runtime.wire import SyncShell


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
                                     {"options": {"validate": "maybe"}}, {"options": {"colour": "red"}}])  # fmt: skip
def test_unusable_options_are_refused(provider: Provider, options: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        settings(provider, "key", environment={}, **options)


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


def test_origins() -> None:
    assert origin("https://A.test/x") == origin("https://a.TEST:443")
    assert origin("http://a.test") != origin("https://a.test")
    assert origin("https://a.test:99999999") != origin("https://a.test")
