"""What a flow asks its shell to do, and what it is told.

A flow is a generator: it yields effects and is sent replies. All decisions are made in flows; the two shells (sync and
async, in `wire`) only perform. So there is one implementation of everything, and tests drive it without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

Failure_ = Literal["not connected", "timed out", "disconnected"]


class Sink(Protocol):
    """Where a streamed answer goes."""

    def start(self, answer: Answer) -> bool:
        """Take the status and headers; return whether the content is wanted here."""
        ...

    def write(self, chunk: bytes) -> object:
        """Take the next bytes; async shells await what is returned where it can be awaited."""


class Send(NamedTuple):
    """Send one HTTP request. `deadline` is on the client's clock; only a `signed` request carries the API key."""

    method: str
    url: str
    content: bytes | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    signed: bool = True
    deadline: float | None = None
    sink: Sink | None = None


class Sleep(NamedTuple):
    """Wait for so many seconds."""

    seconds: float


class Tell(NamedTuple):
    """Call the user's callback; in async clients it may be a coroutine function."""

    callback: Callable[[Any], object]
    value: Any


class Answer(NamedTuple):
    """What came back; header names are in lower case. `content` is empty where a sink took it."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class Failure(NamedTuple):
    """No answer. `not connected` proves that nothing was sent; after the other two, anything may have happened."""

    kind: Failure_
    text: str


Effect = Send | Sleep | Tell
Received = Answer | Failure
Reply = Any
"""A Received to a Send, what the callback returned to a Tell."""
Flow = Generator[Effect, Reply, T]
