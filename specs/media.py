"""Images and other media given as input: what a header says, and whether it is within the stated limits.

Only the first bytes of an image are looked at: its format and its size in pixels. Nothing is decoded, so
a check costs microseconds and a hostile file cannot do harm.

    limits = Media.from_json({"formats": ["jpeg", "png"], "minWidth": 300, "encodings": ["url", "base64"]})
    for problem in check_value(limits, value):
        print(problem.keyword, problem.message)

This file uses the standard library alone and imports nothing else, because it is also copied as it stands
into generated clients.
"""

from __future__ import annotations

import binascii
import re
import struct
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Encoding: TypeAlias = Literal["url", "data-uri", "base64"]
"""How a media value is written in a request."""

ENCODINGS: tuple[Encoding, ...] = ("url", "data-uri", "base64")


class MediaError(ValueError):
    """Something given as media cannot be understood; the message says why and never repeats the data."""


class UndecodableValue(MediaError):  # noqa: N818 - reads as what it is: a value that cannot be decoded
    """A text that is no http(s) URL, no base64 data URI and no base64."""


class UnreadableImage(MediaError):  # noqa: N818 - reads as what it is
    """Bytes whose header gives no size; `format` is what they seem to be, None when not recognised."""

    def __init__(self, problem: str, format: str | None = None) -> None:  # noqa: A002 - the field's term
        self.format = format
        super().__init__(problem)


# --- values: URL, data URI or base64 ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https address; whatever stands there has not been seen."""

    url: str
    encoding: Encoding = "url"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Bytes carried by the value itself; `media_type` is what a data URI declared, unverified."""

    data: bytes
    encoding: Encoding
    media_type: str | None = None


_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_DATA_URI = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


def decode(value: str) -> Url | Embedded:
    """Tell a URL, a data URI and raw base64 apart, and decode the latter two.

    Base64 is taken strictly: the standard alphabet, padded, without line breaks. Raises UndecodableValue.
    """
    if _URL.fullmatch(value):
        return Url(value)
    if value[:5].lower() == "data:":
        head = _DATA_URI.match(value)
        if head is None:
            raise UndecodableValue("the data URI has no comma before its data")
        if not head[2].lower().endswith(";base64"):
            raise UndecodableValue("the data URI does not say ;base64")
        return Embedded(_base64(value[head.end() :]), "data-uri", head[1].lower() or None)
    scheme = _SCHEME.match(value)
    if scheme is not None and scheme[0].lower() in ("http:", "https:"):
        raise UndecodableValue("the URL names no host or has blanks in it")
    if scheme is not None:
        raise UndecodableValue(f"{scheme[0]} cannot be used here; give http, https, a data URI or base64")
    return Embedded(_base64(value), "base64")


def _base64(text: str) -> bytes:
    if not text:
        raise UndecodableValue("there is no data")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one; a character beyond ASCII raises the plain kind
        stray = _NOT_BASE64.search(text)
    if stray is not None:
        raise UndecodableValue(f"no URL, and no base64: character {stray.start() + 1} is not of its alphabet")
    raise UndecodableValue("the base64 is cut short or wrongly padded")


# --- headers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the first bytes of an image say; width and height in pixels, as the image is shown."""

    format: str
    width: int
    height: int

    @property
    def aspect_ratio(self) -> float:
        """Width divided by height."""
        return self.width / self.height


_SIGNATURES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("jpeg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("bmp", re.compile(rb"BM.{8}\S", re.DOTALL)),
    # Recognised, so that they can be named in a refusal; their sizes are not read.
    ("avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    ("heic", re.compile(rb"....ftyp(?:hei|hev|mif1|msf1)", re.DOTALL)),
    ("mov", re.compile(rb"....ftypqt", re.DOTALL)),
    ("mp4", re.compile(rb"....ftyp", re.DOTALL)),
    ("tiff", re.compile(rb"II\*\0|MM\0\*")),
    ("webm", re.compile(rb"\x1a\x45\xdf\xa3")),
    ("wav", re.compile(rb"RIFF....WAVE", re.DOTALL)),
    ("mp3", re.compile(rb"ID3|\xff[\xfb\xf3\xf2]")),
    ("pdf", re.compile(rb"%PDF-")),
    ("svg", re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<svg[\s>]")),
)


def sniff(data: bytes) -> str | None:
    """Name the format the first bytes are in, in lower case ("jpeg", "png", …); None when not recognised."""
    head = data[:256]
    return next((name for name, signature in _SIGNATURES if signature.match(head)), None)


def read_header(data: bytes) -> ImageHeader:
    """Read format and size from the start of a JPEG, PNG, WebP, GIF or BMP file; the rest may be missing.

    A JPEG that its EXIF data say is to be turned by a quarter has its sides swapped. Raises UnreadableImage.
    """
    name = sniff(data)
    if name is None:
        raise UnreadableImage("the data are in no known image format" if data else "there is no data")
    read_size = _SIZES.get(name)
    if read_size is None:
        raise UnreadableImage(f"the size of {name} files cannot be read here", name)
    try:
        width, height = read_size(data)
    except (struct.error, IndexError):
        raise UnreadableImage(f"the {name} header is cut short", name) from None
    if width <= 0 or height <= 0:
        raise UnreadableImage(f"the {name} header gives no size", name)
    return ImageHeader(name, width, height)


Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of that range, these are tables
_JPEG_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}  # markers without a length


def _jpeg_size(data: bytes) -> Size:
    """Walk from segment to segment to the frame header, noting the EXIF orientation on the way."""
    position, turned = 2, False
    while True:
        if data[position] != 0xFF:
            raise UnreadableImage("the jpeg header is damaged", "jpeg")
        while data[position] == 0xFF:  # a marker may be preceded by fill bytes
            position += 1
        marker = data[position]
        position += 1
        if marker in _JPEG_BARE:
            continue
        if marker in (0xD9, 0xDA):
            raise UnreadableImage("the jpeg file has image data before its size", "jpeg")
        (length,) = struct.unpack_from(">H", data, position)
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">3xHH", data, position)
            return (height, width) if turned else (width, height)
        if marker == 0xE1 and data.startswith(b"Exif\0\0", position + 2):
            turned = _is_turned(data[position + 8 : position + length])
        position += max(length, 2)


def _is_turned(exif: bytes) -> bool:
    """Tell whether EXIF asks for a quarter turn (orientation 5 to 8); damaged EXIF asks for nothing."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return False
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, orientation = struct.unpack_from(f"{order}H6xH", exif, entry)
            if tag == 0x0112:
                return bool(5 <= orientation <= 8)
    except struct.error:
        return False
    return False


def _png_size(data: bytes) -> Size:
    kind, width, height = struct.unpack_from(">4sII", data, 12)
    return (width, height) if kind == b"IHDR" else (0, 0)


def _webp_size(data: bytes) -> Size:
    chunk = data[12:16]
    if chunk == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF  # the upper two bits are a scale for display
    raise struct.error


def _gif_size(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp_size(data: bytes) -> Size:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header_bytes == 12 else "<ii", data, 18)
    return width, abs(height)  # a negative height means: rows from the top


_SIZES: Mapping[str, Callable[[bytes], Size]] = {
    "jpeg": _jpeg_size,
    "png": _png_size,
    "webp": _webp_size,
    "gif": _gif_size,
    "bmp": _bmp_size,
}


FORMATS = tuple(_SIZES)
"""The formats of pictures whose size can be read."""


# --- limits -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Media:
    """Limits on one media field: bytes, pixels, ratios as width / height, seconds. None or () is no limit."""

    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_width: int | None = None
    min_height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    min_aspect_ratio: float | None = None
    max_aspect_ratio: float | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    encodings: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, mapping: Mapping[str, object]) -> Media:
        """Read an `x-media` object; raises ValueError for an unknown name or a value of the wrong type."""
        values: dict[str, object] = {}
        for name, value in mapping.items():
            if name not in _ATTRIBUTES:
                raise ValueError(f"x-media has no {name!r}; it may have {', '.join(_ATTRIBUTES)}")
            values[_ATTRIBUTES[name]] = _words(name, value) if name in _LISTS else _limit(name, value)
        return cls(**values)  # type: ignore[arg-type] # each was checked by its name just above


_ATTRIBUTES = {re.sub(r"_(.)", lambda match: match[1].upper(), field.name): field.name for field in fields(Media)}
_LISTS = ("formats", "encodings")
_FRACTIONS = ("minAspectRatio", "maxAspectRatio", "minDuration", "maxDuration")


def _words(name: str, value: object) -> tuple[str, ...]:
    given = cast("list[object]", value) if isinstance(value, list | tuple) else None
    if given is None or not all(isinstance(word, str) for word in given):
        raise ValueError(f"x-media {name} must be a list of words")
    words = tuple(str(word).lower() for word in given)
    if name == "formats":
        return tuple(dict.fromkeys("jpeg" if word == "jpg" else word for word in words))
    unknown = set(words).difference(ENCODINGS)
    if unknown:
        raise ValueError(f"x-media encodings has {sorted(unknown)}; it may have {', '.join(ENCODINGS)}")
    return words


def _limit(name: str, value: object) -> float:
    number = (int, float) if name in _FRACTIONS else (int,)
    if isinstance(value, bool) or not isinstance(value, number) or value < 0:
        raise ValueError(f"x-media {name} must be a number of at least 0, whole unless a ratio or seconds")
    return value


@dataclass(frozen=True, slots=True)
class MediaProblem:
    """One limit that is not kept; `keyword` is its name in `x-media`, such as "minWidth"."""

    keyword: str
    given: str | float
    allowed: float | tuple[str, ...]
    message: str


def check_value(media: Media, value: str) -> tuple[MediaProblem, ...]:
    """Check a request value: how it is written and, where it carries the bytes, what they are."""
    try:
        decoded = decode(value)
    except UndecodableValue as error:
        return (MediaProblem("encodings", "undecodable", media.encodings or ENCODINGS, str(error)),)
    if isinstance(decoded, Url):
        return _check_encoding(media, decoded.encoding)
    return _check_encoding(media, decoded.encoding) + check(media, decoded.data)


def check(
    media: Media, subject: bytes | ImageHeader, *, size: int | None = None, seconds: float | None = None
) -> tuple[MediaProblem, ...]:
    """Return every limit the subject breaks: a whole file, or a header with the file's `size` in bytes.

    What is not known is not judged: pixels of a format whose size cannot be read, `size` or `seconds`
    when not given.
    """
    problems: tuple[MediaProblem, ...] = ()
    header: ImageHeader | None = None
    if isinstance(subject, ImageHeader):
        header = subject
        problems = _check_format(media, header.format)
    else:
        size = len(subject) if size is None else size
        try:
            header = read_header(subject)
            problems = _check_format(media, header.format)
        except UnreadableImage as error:
            problems = _check_unreadable(media, error)
    known = {"bytes": size, "duration": seconds}
    if header is not None:
        known |= {"width": header.width, "height": header.height, "aspect_ratio": header.aspect_ratio}
    return problems + _check_bounds(media, known)


def _check_encoding(media: Media, encoding: Encoding) -> tuple[MediaProblem, ...]:
    if not media.encodings or encoding in media.encodings:
        return ()
    message = f"it is given as {_NAMES[encoding]}; allowed: {', '.join(map(_name, media.encodings))}"
    return (MediaProblem("encodings", encoding, media.encodings, message),)


_NAMES: Mapping[str, str] = {
    "url": "a URL",
    "data-uri": "a data URI",
    "base64": "raw base64",
    "jpeg": "JPEG",
    "webp": "WebP",
}


def _name(word: str) -> str:
    return _NAMES.get(word, word.upper())


def _check_format(media: Media, given: str) -> tuple[MediaProblem, ...]:
    if not media.formats or given in media.formats:
        return ()
    message = f"the file is {_name(given)}; allowed: {', '.join(map(_name, media.formats))}"
    return (MediaProblem("formats", given, media.formats, message),)


def _check_unreadable(media: Media, error: UnreadableImage) -> tuple[MediaProblem, ...]:
    if error.format is not None and error.format not in _SIZES:
        return _check_format(media, error.format)
    if not media.formats and not any((media.min_width, media.min_height, media.max_width, media.max_height)):
        return ()  # nothing says that it has to be an image
    return (MediaProblem("formats", error.format or "unknown", media.formats, str(error)),)


_BOUNDS: Mapping[str, tuple[str, str]] = {
    "maxBytes": ("bytes", "the file has {:,} bytes; at most {:,} are allowed"),
    "minWidth": ("width", "the width is {:,} px; at least {:,} px are needed"),
    "maxWidth": ("width", "the width is {:,} px; at most {:,} px are allowed"),
    "minHeight": ("height", "the height is {:,} px; at least {:,} px are needed"),
    "maxHeight": ("height", "the height is {:,} px; at most {:,} px are allowed"),
    "minAspectRatio": ("aspect_ratio", "width / height is {:.4g}; at least {:.4g} is needed"),
    "maxAspectRatio": ("aspect_ratio", "width / height is {:.4g}; at most {:.4g} is allowed"),
    "minDuration": ("duration", "it lasts {:g} s; at least {:g} s are needed"),
    "maxDuration": ("duration", "it lasts {:g} s; at most {:g} s are allowed"),
}


def _check_bounds(media: Media, known: Mapping[str, float | None]) -> tuple[MediaProblem, ...]:
    problems: list[MediaProblem] = []
    for keyword, (quantity, wording) in _BOUNDS.items():
        given, allowed = known.get(quantity), getattr(media, _ATTRIBUTES[keyword])
        if given is None or allowed is None:
            continue
        if given < allowed if keyword.startswith("min") else given > allowed:
            problems.append(MediaProblem(keyword, given, allowed, wording.format(given, allowed)))
    return tuple(problems)
