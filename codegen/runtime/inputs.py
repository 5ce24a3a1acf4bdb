"""Images given as path, bytes or open file: checked by their header, then written the way the provider wants."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from specs.checks import Source, Violation, is_array, is_object, places

from .description import Operation
from .errors import InvalidRequest
from .settings import Validate

if TYPE_CHECKING:
    from specs.media import Media, MediaProblem

ImageInput = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""An image: a URL (or text the provider takes as it is), a path, the bytes, or a file opened for reading bytes.

An open file is read from its start, where it can be wound back.
"""

_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}


def encode_media(operation: Operation, body: dict[str, Any], validate: Validate) -> list[Violation]:
    """Replace every file in the body by its text, in place; return what is wrong with the media.

    Raises OSError for a file that cannot be read; InvalidRequest, unless all violations will be raised anyway, for a
    file where only a URL will do.
    """
    found: list[Violation] = []
    for name, urls in operation.media_names.items():
        value = body.get(name)
        if value is not None and not (urls and type(value) is str and _ADDRESS(value)):
            break
    else:
        return found  # absent images and ordinary addresses: most requests
    from specs.media import check_value  # only files and unusual texts need it

    for pointer, media in operation.media_limits:
        for place, value in tuple(places(body, pointer)):
            if isinstance(value, str):
                problems = check_value(media, value)
                if problems and _FILE_NAME(value):
                    problems = (replace(problems[0], message=f"it is no URL; give a file as Path({value!r})"),)
                found += (_violation(operation, pointer, place, problem) for problem in problems)
            elif is_file(value):
                problems, text = _encode(media, value, validate)
                wrong = [_violation(operation, pointer, place, problem) for problem in problems]
                if validate != "error" and any(problem.given == "file" for problem in problems):
                    raise InvalidRequest(operation.id, wrong)
                _put(body, place, text)
                found += wrong
    return found  # what is of another type is refused with all the other members


def is_file(value: Any) -> bool:
    """Tell whether the value is a file in one of the forms of `ImageInput`."""
    return isinstance(value, (bytes, bytearray, memoryview, os.PathLike)) or hasattr(value, "read")


_ADDRESS = re.compile(r"https://[a-z0-9][^\s]*").fullmatch
_FILE_NAME = re.compile(r"(?!\w{2,}:).{1,999}\.\w{2,4}").fullmatch


def _encode(media: Media, value: Any, validate: Validate) -> tuple[tuple[MediaProblem, ...], str]:
    """Return the problems of a file and its text; of a path to what is refused for its size only the head is read."""
    from specs.media import MediaProblem, check, sniff

    size = None
    if hasattr(value, "__fspath__"):
        size = os.stat(value).st_size
        refused = validate == "error" and media.max_bytes is not None and size > media.max_bytes
        with open(value, "rb") as file:
            data = file.read(1 << 16 if refused else -1)
    elif not hasattr(value, "read"):
        data = bytes(value)
    else:
        if getattr(value, "seekable", bool)():
            value.seek(0)
        data = value.read()
        if not isinstance(data, bytes):
            raise TypeError("open the image for reading bytes: open(path, 'rb')")
    problems = check(media, data, size=size)
    if media.encodings and not {"base64", "data-uri"}.intersection(media.encodings):
        message = "it is given as a file; allowed: a URL"
        problems = (*problems, MediaProblem("encodings", "file", media.encodings, message))
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
    described = operation.by_pointer.get(pointer.removesuffix("/*"))
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
    if is_array(value):
        return [shortened(item) for item in value]
    return value if value is None or isinstance(value, (int, float)) else shortened(repr(value))
