"""Images given as path, bytes or open file: checked by their header, then written the way the provider wants."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from specs.checks import Source, Violation, is_array, is_object, places

from .description import Operation

if TYPE_CHECKING:
    from specs.media import Media, MediaProblem

ImageInput = str | Path | bytes | BinaryIO
"""An image: a URL (or text the provider takes as it is), a path, the bytes, or a file opened for reading bytes."""

_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}


def encode_media(operation: Operation, body: dict[str, Any]) -> list[Violation]:
    """Replace every file in the body by its text, in place; return what is wrong with the media.

    Raises OSError for a file that cannot be read.
    """
    found: list[Violation] = []
    for name in operation.media_names:
        value = body.get(name)
        if value is not None and (type(value) is not str or _ADDRESS(value) is None):
            break
    else:
        return found  # absent images and ordinary addresses: most requests
    from specs.media import check_value  # only files and unusual texts need it

    for pointer, media in operation.media_limits:
        for place, value in tuple(places(body, pointer)):
            if isinstance(value, str):
                problems = check_value(media, value)
            elif isinstance(value, (bytes, bytearray, Path)) or hasattr(value, "read"):
                problems, text = _encode(media, value)
                _put(body, place, text)
            else:
                continue  # of the wrong type: the model says so
            found += (_violation(operation, pointer, place, problem) for problem in problems)
    return found


_ADDRESS = re.compile(r"https://[a-z0-9][^\s]*").fullmatch


def _encode(media: Media, value: Any) -> tuple[tuple[MediaProblem, ...], str]:
    """Return the problems of a file and its text; a file that is too large is not read."""
    from specs.media import MediaProblem, check, sniff

    if isinstance(value, Path):
        size = os.stat(value).st_size
        if media.max_bytes is not None and size > media.max_bytes:
            with value.open("rb") as file:
                return check(media, file.read(1 << 16), size=size), ""
        data = value.read_bytes()
    else:
        data = bytes(value) if isinstance(value, (bytes, bytearray)) else value.read()
        if not isinstance(data, bytes):
            raise TypeError("open the image for reading bytes: open(path, 'rb')")
    problems = check(media, data)
    if media.encodings and not {"base64", "data-uri"}.intersection(media.encodings):
        message = "it is given as a file; allowed: a URL"
        return (*problems, MediaProblem("encodings", "file", media.encodings, message)), ""
    text = base64.b64encode(data).decode("ascii")
    if media.encodings and "base64" not in media.encodings:
        text = f"data:{_TYPES.get(sniff(data) or '', 'application/octet-stream')};base64,{text}"
    return problems, text


def _put(body: dict[str, Any], place: str, value: str) -> None:
    """Set the value at a concrete pointer."""
    *steps, last = (step.replace("~1", "/").replace("~0", "~") for step in place[1:].split("/"))
    holder: Any = body
    for step in steps:
        holder = holder[int(step) if is_array(holder) else step]
    holder[int(last) if is_array(holder) else last] = value


def _violation(operation: Operation, pointer: str, place: str, problem: MediaProblem) -> Violation:
    described = operation.by_pointer.get(pointer)
    name = readable(pointer)
    return Violation(
        rule=f"{name}.{problem.keyword}", pointers=(place,), given={place: problem.given}, allowed=problem.allowed,
        message=f"`{readable(place)}`: {problem.message}.", source=described.source if described else Source(),
    )  # fmt: skip


def readable(pointer: str) -> str:
    """Return the name a person would use: `/multi_prompt/*/duration` is `multi_prompt[].duration`."""
    return "".join(_steps(pointer)).removeprefix(".")


def _steps(pointer: str) -> Iterator[str]:
    for step in pointer.split("/")[1:]:
        if step == "*" or step.isdigit():
            yield "[]" if step == "*" else f"[{step}]"
        else:
            yield "." + step.replace("~1", "/").replace("~0", "~")


def shortened(value: Any) -> Any:
    """Return the value with long texts cut, for showing."""
    if isinstance(value, str):
        return value if len(value) <= 80 else f"{value[:60]}… ({len(value)} characters)"
    if is_object(value):
        return {name: shortened(member) for name, member in value.items()}
    return [shortened(item) for item in value] if is_array(value) else value
