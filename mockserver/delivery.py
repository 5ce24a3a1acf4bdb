"""What both adapters do with a reply's film, and the part of it that is asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mockserver.http import Reply, Request

if TYPE_CHECKING:
    from mockserver.fetching import Images
    from mockserver.media import Renderer

_RANGE = re.compile(rb"bytes=(\d{0,15})-(\d{0,15})")


def developed(reply: Reply, request: Request, renderer: Renderer, images: Images | None = None) -> Reply:
    """Return the reply with its film rendered as the body, or the range of it that the request asks for."""
    film = reply.film
    if film is None:
        return reply
    if images is not None:
        first, last = _seen(film.first_frame, images), _seen(film.last_frame, images)
        film = replace(film, first_frame=first, last_frame=last)
    video = renderer.video(film)
    return ranged(Reply(reply.status, video, reply.headers, delivery=reply.delivery), request.header(b"range"))


def _seen(frame: bytes | str | None, images: Images) -> bytes | str | None:
    """Return the image itself where its URL was fetched."""
    return images.kept(frame) or frame if isinstance(frame, str) else frame


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
