"""What both adapters do with a reply's film, and the part of it that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mockserver.http import Reply, Request

if TYPE_CHECKING:
    from mockserver.fetching import Fetched
    from mockserver.media import Renderer, VideoPlan

NONE: Final[Mapping[str, Fetched]] = {}
_RANGE: Final = re.compile(rb"bytes=(\d{0,15})-(\d{0,15})")


def urls(film: VideoPlan) -> list[str]:
    """Return the URLs of a film's frames, for an adapter that fetches them."""
    return [frame for frame in (film.first_frame, film.last_frame) if isinstance(frame, str)]


def developed(reply: Reply, request: Request, renderer: Renderer, fetched: Mapping[str, Fetched] = NONE) -> Reply:
    """Return the reply with its film rendered as the body, or the range of it that the request asks for.

    `fetched` is what stands at the URLs of its frames, where that is known.
    """
    film = reply.film
    if film is None:
        return reply
    if fetched:
        first, last = _seen(film.first_frame, fetched), _seen(film.last_frame, fetched)
        film = replace(film, first_frame=first, last_frame=last)
    video = renderer.video(film)
    return ranged(Reply(reply.status, video, reply.headers, delivery=reply.delivery), request.header(b"range"))


def _seen(frame: bytes | str | None, fetched: Mapping[str, Fetched]) -> bytes | str | None:
    """Return the image itself where its URL was fetched."""
    found = fetched.get(frame) if isinstance(frame, str) else None
    return found if isinstance(found, bytes) else frame


def ranged(reply: Reply, wanted: bytes | None) -> Reply:
    """Return the part of a reply that a Range header names; all of it where the header is none we know."""
    match = _RANGE.fullmatch(wanted) if wanted else None
    if match is None or not (match[1] or match[2]):
        return reply
    size = len(reply.body)
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if first > last:
        return Reply(416, b"", ((b"content-range", b"bytes */%d" % size),), delivery=reply.delivery)
    stated = (*reply.headers, (b"content-range", b"bytes %d-%d/%d" % (first, last, size)))
    return Reply(206, reply.body[first : last + 1], stated, delivery=reply.delivery)
