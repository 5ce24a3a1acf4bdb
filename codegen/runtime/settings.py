"""How a client is set up: the key, the address, times and checks."""

from __future__ import annotations

import logging
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from inspect import iscoroutinefunction
from math import isnan
from typing import Final, Literal, TypedDict
from urllib.parse import urlsplit

from specs.checks import number

from .description import Provider
from .errors import ConfigurationError

Validate = Literal["error", "warn", "off"]
"""What to do with a request that breaks the contract: refuse it, warn and send it, or not to look."""


class Unset(Enum):
    """The type of DEFAULT."""

    DEFAULT = "default"


DEFAULT: Final = Unset.DEFAULT
"""Stands for "as the client is set up"; None as a time-out means: no limit, on purpose."""

Timeout = float | Unset | None
"""Seconds in total, None for no limit, or the default."""


class Secret:
    """A text that is never shown: not in repr, str, format, logs or pickles."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def hide(self, text: str) -> str:
        """Return the text with the secret blotted out; a stand-in of a few letters, as tests use, is none."""
        if len(self._text) < 8:
            return text
        if "\\" in text or "%" in text:  # JSON may say it as `\/`, `\u002f`, an address as `%2f`
            escaped = (rf"(?:\\?{re.escape(c)}|\\u00{ord(c):02x}|%{ord(c):02x})" for c in self._text)
            text = re.sub("".join(escaped), "***", text, flags=re.IGNORECASE)
        return text.replace(self._text, "***")

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("an API key is not pickled; make a new client")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, for hooks: kind is "request", "answer", "retry" or "state"; never secrets or bodies."""

    kind: Literal["request", "answer", "retry", "state"]
    operation: str
    detail: str
    task: str | None = None
    status: int | None = None
    seconds: float | None = None


class Options(TypedDict, total=False):
    """What a client can be told besides key and address. Times are in seconds.

    `validate` says what to do with a request that breaks the contract; `submit_timeout` is the total time of a submit
    with its retries; `wait_timeout` that of a wait, by default derived from what the model is expected to take;
    `download_timeout` that of a download; `attempts` how often a request is tried at most; `poll_interval` fixes the
    time between polls, which otherwise follows the expected time; `on_event`, a plain function, is called with each
    `Happening`: what it raises is logged, since the request that it tells of goes on. A total of None is no limit.
    """

    validate: Validate
    submit_timeout: float | None
    wait_timeout: Timeout
    download_timeout: float | None
    connect_timeout: float
    read_timeout: float
    attempts: int
    poll_interval: float | None
    on_event: Callable[[Happening], object] | None
    clock: Callable[[], float]
    chance: Callable[[], float]


@dataclass(frozen=True)
class Settings:
    """A client's set-up: what `Options` says, with the defaults, key and address."""

    provider: Provider = field(repr=False)
    api_key: Secret | None
    base_url: str
    validate: Validate = "error"
    submit_timeout: float | None = 120.0
    wait_timeout: Timeout = DEFAULT
    download_timeout: float | None = 600.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    attempts: int = 3
    poll_interval: float | None = None
    on_event: Callable[[Happening], object] | None = None
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        checked(self.validate)
        for name in ("submit_timeout", "wait_timeout", "download_timeout", "poll_interval"):
            seconds(getattr(self, name), name)
        for name in ("connect_timeout", "read_timeout"):
            if seconds(getattr(self, name), name) is None:
                raise ConfigurationError(f"{name} is None; give a number of seconds")
        if self.attempts < 1:
            raise ConfigurationError(f"attempts is {self.attempts}; at least 1 is needed")
        if iscoroutinefunction(self.on_event):
            raise ConfigurationError("on_event is a coroutine function; it is called, not awaited: give a plain one")

    def changed(self, options: Options) -> Settings:
        """Return the settings with some of them replaced. Raises ConfigurationError for an unknown one."""
        if unknown := sorted(set(options) - set(Options.__annotations__)):
            raise ConfigurationError(f"there is no option {unknown[0]!r} (known: {', '.join(Options.__annotations__)})")
        return replace(self, **options)

    @cached_property
    def logger(self) -> logging.Logger:
        """The package's logger: requests at DEBUG, submits and retries at INFO."""
        return logging.getLogger(self.provider.package)

    def submit_limit(self, timeout: Timeout) -> float | None:
        """Return the total seconds of a submit or a call: as asked for, or as set up. Raises ConfigurationError."""
        return seconds(timeout, default=self.submit_timeout)

    def wait_limit(self, expected: float, timeout: Timeout) -> float | None:
        """Return the total seconds of a wait: as asked for, as set up, or ten times the expected time plus a minute.

        Raises ConfigurationError for what is no time.
        """
        return seconds(timeout, default=seconds(self.wait_timeout, default=60.0 + 10.0 * expected))

    def hide(self, text: str) -> str:
        """Return the text without the API key."""
        return text if self.api_key is None else self.api_key.hide(text)

    def watched(self, level: int) -> bool:
        """Tell whether a hook or a log of that level wants to know."""
        return self.on_event is not None or self.logger.isEnabledFor(level)

    def happened(self, happening: Happening) -> None:
        """Log what happened and tell the hook, which stops nothing: an id that was paid for may be on its way."""
        level = logging.DEBUG if happening.kind in ("request", "answer") else logging.INFO
        said = f"{happening.operation} {happening.kind}: {happening.detail}"
        self.logger.log(level, "%s", said)
        try:
            if self.on_event is not None:
                self.on_event(happening)
        except Exception:
            self.logger.exception("on_event failed; it was told: %s", said)
        except BaseException as error:  # Ctrl-C
            error.add_note(said)
            raise

    def key(self) -> Secret:
        """Return the API key. Raises ConfigurationError where there is none."""
        if self.api_key is None:
            raise ConfigurationError(f"there is no API key: give api_key=… or set {self.provider.environment}_API_KEY")
        return self.api_key

    def own_origin(self, url: str) -> bool:
        """Tell whether the URL is at the API itself: same scheme, host and port."""
        return origin(url) == origin(self.base_url)


def settings(
    provider: Provider, api_key: str | None = None, base_url: str | None = None, options: Options | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:  # fmt: skip
    """Return the settings from arguments and environment, arguments first. Raises ConfigurationError."""
    values = os.environ if environment is None else environment
    key = api_key or values.get(f"{provider.environment}_API_KEY") or None
    if key is not None and (not key.isascii() or not key.isprintable() or key != key.strip()):
        raise ConfigurationError("the API key has blanks around it or characters that no header can carry")
    address = (base_url or values.get(f"{provider.environment}_BASE_URL") or provider.base_url).rstrip("/")
    if "@" in address.partition("//")[2].partition("/")[0]:
        raise ConfigurationError("the base URL has a user or password in it; let a hook of your httpx client add it")
    if origin(address)[0] not in ("http", "https") or not origin(address)[1]:
        raise ConfigurationError(f"the base URL {address!r} is no http or https address")
    return Settings(provider, Secret(key) if key else None, address).changed(options or {})


def checked(validate: Validate) -> Validate:
    """Return what it is. Raises ConfigurationError for a word that means nothing."""
    if validate not in ("error", "warn", "off"):
        raise ConfigurationError(f"validate is {validate!r}; use error, warn or off")
    return validate


def seconds(given: Timeout, name: str = "timeout", default: float | None = None) -> float | None:
    """Return a total time: as given, or the default. Raises ConfigurationError for what is no number of seconds."""
    if isinstance(given, Unset):
        return default
    if given is not None and (number(given) is None or isnan(given)):
        raise ConfigurationError(f"{name} is {given!r}; give a number of seconds, or None for no limit")
    return given


_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:  # an address that is none has an origin of its own
        return "", url, None
