"""Small real images and the forms in which a request can carry them."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache

from specs.media import Media, check_value

URL = "https://example.com/frame.png"
ODD_URLS = (
    "http://example.com/frame",
    "https://example.com/frame.jpeg?width=640&signature=a%2Bb%3D%3D",
    f"https://example.com/{'frames/' * 40}frame.png",
)
"""URLs as storages hand them out: without an extension, signed, long. Pages that take a URL take these."""
_NAMED = re.compile(rb'https?://example\.com/frame[^"]*')
_SIDE = 320
_FORMATS = ("png", "jpeg", "webp", "gif", "bmp", "tiff")


@lru_cache(maxsize=128)
def image(media_format: str, width: int, height: int) -> bytes:
    """Return a grey image file of the size in pixels."""
    from PIL import Image

    held = io.BytesIO()
    Image.new("L" if media_format != "webp" else "RGB", (width, height), 128 if media_format != "webp" else 0).save(
        held, format=media_format.upper()
    )
    return held.getvalue()


def naming(content: bytes, url: str) -> bytes:
    """Return a body in JSON that names this picture wherever it named one of ours that is nowhere to be fetched."""
    return _NAMED.sub(lambda _: json.dumps(url)[1:-1].encode(), content)


def encoded(data: bytes, encoding: str, media_format: str) -> str:
    """Return the file as a data URI or as raw base64."""
    text = base64.b64encode(data).decode("ascii")
    return f"data:image/{media_format};base64,{text}" if encoding == "data-uri" else text


@lru_cache(maxsize=64)
def media_values(media: Media) -> tuple[str, ...]:
    """Return values that keep the limits: a URL first, then a file at each limit in each encoding, then odd URLs."""
    found = [URL] if not media.encodings or "url" in media.encodings else []
    if _pictures(media):
        found += [encoded(image(kind, *size), how, kind) for how in embedded(media) for kind, size in _files(media)]
    found += ODD_URLS if found[:1] == [URL] else ()
    return tuple(value for value in found if not check_value(media, value)) or (URL,)


def embedded(media: Media) -> tuple[str, ...]:
    """Return the encodings that carry the file itself and that the field takes."""
    return tuple(how for how in ("data-uri", "base64") if how in media.encodings or not media.encodings)


def _pictures(media: Media) -> bool:
    return not media.formats or any(name in _FORMATS for name in media.formats)


def _files(media: Media) -> Iterator[tuple[str, tuple[int, int]]]:
    formats = [name for name in media.formats if name in _FORMATS] or ["png"]
    width, height = fitting(media)
    yield from ((name, (width, height)) for name in formats)
    yield from ((formats[0], size) for size in sizes_at_limits(media))


def fitting(media: Media) -> tuple[int, int]:
    """Return the width and height of a square image within the limits."""
    side = max(_SIDE, media.min_width or 0, media.min_height or 0)
    highest = min(filter(None, (media.max_width, media.max_height)), default=side)
    side = min(side, highest)
    return side, side


def sizes_at_limits(media: Media) -> Iterator[tuple[int, int]]:
    """Yield the sizes in pixels that just keep a limit."""
    width, height = fitting(media)
    if media.min_width is not None and media.min_height is not None:
        yield media.min_width, media.min_height
    if media.max_aspect_ratio is not None:
        yield int(height * media.max_aspect_ratio), height
    if media.min_aspect_ratio is not None:
        yield width, int(width / media.min_aspect_ratio)


def media_beyond(media: Media) -> Iterator[tuple[str, str]]:
    """Yield (keyword of x-media, value) for each limit that an image can break alone, one step beyond."""
    for keyword, value in _beyond(media):
        if {problem.keyword for problem in check_value(media, value)} == {keyword}:
            yield keyword, value


@lru_cache(maxsize=4)
def too_large(media: Media) -> str | None:
    """Return a good image with one byte too many behind it; None where a field takes no files or any size."""
    ways = embedded(media)
    if media.max_bytes is None or not ways or not _pictures(media):
        return None
    kept = next((name for name in media.formats if name in _FORMATS), "png")
    data = image(kept, *fitting(media))
    value = encoded(data + bytes(media.max_bytes + 1 - len(data)), ways[0], kept)
    return value if {problem.keyword for problem in check_value(media, value)} == {"maxBytes"} else None


def _beyond(media: Media) -> Iterator[tuple[str, str]]:
    width, height = fitting(media)
    kept = next((name for name in media.formats if name in _FORMATS), "png")
    for how in ("data-uri", "base64"):
        if media.encodings and how not in media.encodings:
            yield "encodings", encoded(image(kept, width, height), how, kept)
    if media.encodings and "url" not in media.encodings:
        yield "encodings", URL
    yield "encodings", "ftp://example.com/frame.png"
    for how in embedded(media)[:1]:
        for name in [name for name in _FORMATS if media.formats and name not in media.formats][:2]:
            yield "formats", encoded(image(name, width, height), how, name)
        yield from ((keyword, encoded(image(kept, *size), how, kept)) for keyword, size in _sizes_beyond(media))


def _sizes_beyond(media: Media) -> Iterator[tuple[str, tuple[int, int]]]:
    width, height = fitting(media)
    if media.min_width:
        yield "minWidth", (media.min_width - 1, max(media.min_height or 1, media.min_width))
    if media.min_height:
        yield "minHeight", (max(media.min_width or 1, media.min_height), media.min_height - 1)
    if media.max_width:
        yield "maxWidth", (media.max_width + 1, media.max_width if media.max_height else height)
    if media.max_height:
        yield "maxHeight", (media.max_height if media.max_width else width, media.max_height + 1)
    if media.max_aspect_ratio:
        yield "maxAspectRatio", (int(height * media.max_aspect_ratio) + 1, height)
    if media.min_aspect_ratio:
        yield "minAspectRatio", (width, int(width / media.min_aspect_ratio) + 1)
