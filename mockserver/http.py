"""Requests and replies as the engine sees them: bytes and names, no connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from mockserver.media import VideoPlan

Headers = Iterable[tuple[bytes, bytes]]
DRIPS: Final = 8
"""The parts in which a dripping body is sent."""

JSON_TYPE: Final = b"application/json"
JSON: Final = ((b"content-type", JSON_TYPE),)
VIDEO: Final = ((b"content-type", b"video/mp4"), (b"accept-ranges", b"bytes"))


def is_json(content_type: bytes | None) -> bool:
    """Tell whether a Content-Type says JSON, whatever its parameters."""
    return (content_type or b"").partition(b";")[0].strip().lower() == JSON_TYPE


@dataclass(slots=True)
class Request:
    """One HTTP request. `path` is decoded, `query` is not; header names are in lower case.

    `origin` is what stands before a path of the mock in a URL, without a slash at its end. `fetched` is what stands at
    the URLs that the body names as media, where the adapter fetches: the bytes, or why there are none.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    origin: str
    fetched: Mapping[str, bytes | str] | None = None

    def header(self, name: bytes) -> bytes | None:
        """Return the header of that name (in lower case), or None."""
        return self.headers.get(name)

    def parameter(self, name: str) -> str | None:
        """Return the first query parameter of that name, or None."""
        wanted = name.encode()
        for pair in self.query.split(b"&"):
            found, equals, value = pair.partition(b"=")
            if found != wanted and b"%" in found:
                found = unquote_plus(found.decode("latin-1")).encode()
            if found == wanted and (equals or pair):
                plain = b"%" not in value and b"+" not in value
                text = value.decode("utf-8", "replace")
                return text if plain else unquote_plus(text)
        return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an adapter is to misbehave while it delivers a reply; seconds and bytes.

    `delay` comes before the first byte; `drip` is the pause before each of the body's parts; `cut` ends the
    connection when that share of the body is sent; `reset` breaks the connection without an answer; `hang` never
    answers.
    """

    delay: float = 0
    drip: float = 0
    cut: float | None = None
    reset: bool = False
    hang: bool = False

    def parts(self, body: bytes) -> list[bytes]:
        """Return the parts of a body as they are sent; fewer bytes than it has where it is cut."""
        sent = body if self.cut is None else body[: int(len(body) * self.cut)]
        step = -(-len(sent) // DRIPS) if self.drip else len(sent)
        return [sent[start : start + step] for start in range(0, len(sent), max(1, step))]


@dataclass(slots=True)
class Reply:
    """An answer: status, headers and body; a `film` is to be rendered by the adapter and is the body.

    `changes_at` is when the task that was asked about changes next; `delivery` is None for a plain answer.
    """

    status: int
    body: bytes
    headers: Headers = JSON
    film: VideoPlan | None = None
    changes_at: float | None = None
    delivery: Delivery | None = None

    def turn_into(self, other: Reply) -> None:
        """Say what another one says; how it is delivered stays."""
        self.status, self.body, self.headers, self.film = other.status, other.body, other.headers, other.film
