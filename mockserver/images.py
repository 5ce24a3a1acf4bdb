"""The media stage: images carried by a request against the documented limits, by their headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from specs import pointers
from specs.checks import Violation, places
from specs.media import ENCODINGS, Media, MediaProblem, check, check_value
from specs.model import Field, Meaning, Operation

_MEANINGS: Mapping[str, Meaning] = {
    "maxBytes": "image_too_large", "formats": "image_format", "encodings": "image_format", "url": "image_format",
}  # fmt: skip

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[!-~]*)?")
"""What is a URL at first sight; what is not is looked at more closely."""

Finding = tuple[Meaning, Violation]
Fetched = Mapping[str, bytes | str] | None


class Check(Protocol):
    """What checks a body's media fields; `fetched` holds what stands at URLs, where that is known."""

    def __call__(self, body: Any, fetched: Fetched = None) -> list[Finding]:
        """Return all that is wrong, with its meaning."""


def compile_media(operation: Operation, *, data_uris: bool = False) -> Check:
    """Return the check of a body's media fields; with `data_uris` these are accepted everywhere."""
    limits = []
    for found in operation.at("body"):
        if found.media is not None:
            stated = dict(found.media)
            if data_uris and stated.get("encodings"):
                stated["encodings"] = list(ENCODINGS)
            member = found.pointer.strip("/") if _is_member(found) else None
            urls = "url" in stated.get("encodings", ENCODINGS)
            limits.append((found, Media.from_json(stated), member, urls))

    def check_body(body: Any, fetched: Fetched = None) -> list[Finding]:
        wrong: list[Finding] = []
        if not isinstance(body, dict):
            return wrong
        for field, media, member, urls in limits:
            if member is None:
                wrong += _within(body, field, media, fetched)
                continue
            value = body.get(member)
            if not isinstance(value, str) or (urls and not fetched and _URL.fullmatch(value)):
                continue
            wrong += [_finding(field, field.pointer, problem) for problem in _problems(media, value, fetched)]
        return wrong

    return check_body


def media_urls(operation: Operation, body: Any) -> list[str]:
    """Return the URLs that a body names as media."""
    fields = [found for found in operation.at("body") if found.media is not None]
    values = [value for field in fields for _, value in places(body, _places_of(field))]
    return [
        value for value in values if isinstance(value, str) and value[:8].lower().startswith(("http://", "https://"))
    ]


def _problems(media: Media, value: str, fetched: Fetched) -> tuple[MediaProblem, ...]:
    problems = check_value(media, value)
    found = fetched.get(value) if fetched else None
    if problems or found is None:
        return problems
    if isinstance(found, str):
        return (MediaProblem("url", "unreachable", ("an image that can be fetched",), found),)
    return check(media, found)


def _places_of(field: Field) -> str:
    return field.pointer + "/*" if "array" in field.types else field.pointer


def _is_member(field: Field) -> bool:
    return field.pointer.count("/") == 1 and "~" not in field.pointer and "string" in field.types


def _within(body: Any, field: Field, media: Media, fetched: Fetched) -> Iterator[Finding]:
    for place, value in places(body, _places_of(field)):
        if isinstance(value, str):
            for problem in _problems(media, value, fetched):
                yield _finding(field, place, problem)


def _finding(field: Field, place: str, problem: MediaProblem) -> Finding:
    allowed: Any = list(problem.allowed) if isinstance(problem.allowed, tuple) else problem.allowed
    violation = Violation(
        rule=f"{pointers.name(_places_of(field))}.{problem.keyword}", pointers=(place,), given={place: problem.given},
        allowed=allowed, message=f"`{pointers.name(place)}`: {problem.message}.", source=field.source,
    )  # fmt: skip
    return _MEANINGS.get(problem.keyword, "image_dimensions"), violation
