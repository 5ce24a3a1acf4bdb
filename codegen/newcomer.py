"""A new provider from its pages: what goes into pages.toml and a first overlay, and what the pages leave open.

Nothing is written here, and nothing is guessed silently: what was filled in without a page says so in the overlay, and
what is missing is a list for the person who adds the provider.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codegen import signing
from codegen.assemble import SIGNED_BY, chosen
from codegen.facts import FieldFact, OperationFacts
from codegen.pagelist import PageEntry
from specs import pointers, yaml12
from specs.errors import SpecError

_WORD = re.compile(r"[a-z0-9]+")
_VERSION = re.compile(r"v\d+\Z")
_PUBLISHED = re.compile(
    r"[\s>#*_<!-]*(?:source|url|canonical|来源|网址)[\"'*_]*\s*[:：]\s*[*_<\"'`(\[]*(?P<address>https?://[^\s\"'<>`)\]]+)",
    re.IGNORECASE,
)
_HEAD_LINES = 12
_MOST = 12
"""Operations that an error lists."""
STATES: Mapping[str, tuple[str, ...]] = {
    "queued": ("queue", "pending", "submit", "wait", "created", "starting"),
    "running": ("process", "running", "progress", "generating"),
    "succeeded": ("succe", "complete", "finish", "done"),
    "failed": ("fail", "error"),
    "canceled": ("cancel", "abort"),
}
"""State → beginnings of the words that providers use for it."""
ROLES: Mapping[str, tuple[str, ...]] = {
    "first_frame": ("image", "first_frame", "start_image", "image_url"),
    "last_frame": ("end_image", "last_frame", "image_tail", "tail_image"),
    "prompt": ("prompt",), "duration": ("duration",), "sound": ("sound", "generate_audio", "audio"),
    "quality": ("mode", "resolution"), "aspect_ratio": ("aspect_ratio",), "shots": ("multi_prompt", "shots"),
}  # fmt: skip
"""Role of a request's field → names that providers give it."""


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page that was read: where it is published, its copy below the folder of pages, the operation it documents."""

    key: str
    address: str
    file: str
    operation_id: str
    facts: OperationFacts
    text: str = ""

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.facts.method} {self.facts.path}"


@dataclass(frozen=True, slots=True)
class Draft:
    """The two files of a new provider, and what its pages leave open."""

    pages: str
    overlay: str | None
    missing: tuple[str, ...]


def page(
    given: str,
    file: str,
    text: str,
    operations: Sequence[OperationFacts],
    address: str | None = None,
    route: str | None = None,
) -> NewPage:
    """Return what is known of a page that was given as `given`; `route` names one of its operations, as `POST /path`.

    Raises SpecError where it is not clear which operation is meant, or where the page is published.
    """
    facts = _meant(given, file, operations, route)
    published = address or published_at(text, facts)
    if published is None:
        raise SpecError(file, "does not say where it is published", "write it as FILE=ADDRESS")
    path = facts.path or ""
    return NewPage(key(path), published, file, operation_id(path), facts, text)


def _meant(given: str, file: str, operations: Sequence[OperationFacts], route: str | None) -> OperationFacts:
    if route is not None:
        method, _, path = route.partition(" ")
        return chosen(PageEntry("", "", file, method, path.strip(), "", 200, None), operations)
    routed = [operation for operation in operations if operation.method and operation.path]
    if len(routed) == 1:
        return routed[0]
    if not routed:
        raise SpecError(file, "does not state its operation", f"name it: {shlex.quote(f'{given}@POST /path')}")
    listed = " ".join(shlex.quote(f"{given}@{one.method} {one.path}") for one in routed[:_MOST])
    more = f" and {len(routed) - _MOST} more" if len(routed) > _MOST else ""
    raise SpecError(file, f"documents {len(routed)} operations", f"name those you want, of: {listed}{more}")


def published_at(text: str, facts: OperationFacts) -> str | None:
    """Return the address that a line of its own names in the page's first ones, as copies of pages often have it.

    That of the operation is not the page's.
    """
    for line in text.splitlines()[:_HEAD_LINES]:
        if (found := _PUBLISHED.match(line)) is not None:
            address = found["address"]
            if not (facts.path and address.endswith(facts.path)):
                return address
    return None


def apart(pages: Sequence[NewPage]) -> list[NewPage]:
    """Return the pages with keys and operation ids that differ: as much of the path as that takes.

    Raises SpecError where an operation is given twice.
    """
    routes = [page.route for page in pages]
    if doubles := [route for route in routes if routes.count(route) > 1]:
        raise SpecError(doubles[0], "is given twice", "give each operation once")
    found = [replace(page, key=key(page.facts.path or ""), operation_id=operation_id(page.facts.path or ""))
             for page in pages]  # fmt: skip
    for naming in (_without_version, _named, _with_method):
        keys, ids = [page.key for page in found], [page.operation_id for page in found]
        found = [
            page if keys.count(page.key) == ids.count(page.operation_id) == 1
            else replace(page, key="-".join(naming(page.facts)), operation_id=_id(naming(page.facts)))
            for page in found
        ]  # fmt: skip
    return found


def _without_version(facts: OperationFacts) -> list[str]:
    return [part for part in _named(facts) if not _VERSION.fullmatch(part)]


def _named(facts: OperationFacts) -> list[str]:
    return [part.strip("{}:") for part in (facts.path or "").lower().split("/") if part]


def _with_method(facts: OperationFacts) -> list[str]:
    return [(facts.method or "").lower(), *_named(facts)]


def operation_id(path: str) -> str:
    """Return what to call the operation: `/v3/async/kling-v3.0-pro-i2v` is kling_v3_0_pro_i2v."""
    return _id(_telling(path))


def _id(parts: Iterable[str]) -> str:
    stem = "_".join(word for part in parts for word in _WORD.findall(part))
    return stem if stem[:1].isalpha() else f"op_{stem}"


def key(path: str) -> str:
    """Return how sources name the page: `/v3/async/kling-v3.0-pro-i2v` is kling-v3.0-pro-i2v."""
    return "-".join(_telling(path))


def _telling(path: str) -> list[str]:
    """Return the last parts of a path that tell what it is about, from the last one of several words on."""
    parts = [part for part in path.lower().split("/") if part and "{" not in part and not _VERSION.fullmatch(part)]
    for start in range(len(parts) - 1, -1, -1):
        if len(_WORD.findall(parts[start])) > 1:
            return parts[start:]
    return parts[-2:] or ["root"]


def draft(
    provider: str, title: str, pages: Sequence[NewPage], servers: Sequence[str], overlays: Sequence[str]
) -> Draft:
    """Return the files of the provider; with `overlays` of a platform, those decide and no overlay is drafted.

    Raises SpecError where no page names a base address.
    """
    based = tuple(
        dict.fromkeys((*servers, *(page.facts.server for page in pages if page.facts.server and not servers)))
    )
    if not based:
        raise SpecError(provider, "no page names the base address", "give it with --server")
    missing: list[str] = []
    actions = [] if overlays else [*_signed(pages, missing), *_actions(pages, missing)]
    names = list(overlays) or ["overlay.yaml"]
    overlay = None if overlays else yaml12.dumps(
        {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}
    )  # fmt: skip
    return Draft(_pages_toml(title, pages, based, names), overlay, tuple(missing))


def _pages_toml(title: str, pages: Sequence[NewPage], servers: Sequence[str], overlays: Sequence[str]) -> str:
    lines = ["# The head of codegen/pagelist.py says what each key holds."]
    lines += [f"title = {_toml(title)}", 'version = "1.0.0"', f"servers = {_toml(list(servers))}",
              f"overlays = {_toml(list(overlays))}"]  # fmt: skip
    for page in pages:
        named = {"key": page.key, "address": page.address, "file": page.file, "operation": page.route,
                 "id": page.operation_id}  # fmt: skip
        lines += ["", "[[page]]", *(f"{name} = {_toml(value)}" for name, value in named.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | list[str]) -> str:
    """Return a text or list of texts; TOML's basic strings are JSON's, but for what no address has."""
    return json.dumps(value, ensure_ascii=False)


def _signed(pages: Sequence[NewPage], missing: list[str]) -> list[dict[str, Any]]:
    found = signing.drafted({page.key: page.text for page in pages}, [page.facts for page in pages])
    missing += found.missing
    return list(found.actions)


def _actions(pages: Sequence[NewPage], missing: list[str]) -> list[dict[str, Any]]:
    missing.append("errors: no page tells the codes of refused requests; fill in x-errors in overlay.yaml")
    actions: list[dict[str, Any]] = [{
        "target": "$", "description": "The pages that were given tell no error codes.",
        "update": {"x-errors": {"pointers": {}, "codes": []}},
    }]  # fmt: skip
    polls = [page for page in pages if page.facts.method == "GET"]
    submits = [page for page in pages if page.facts.method == "POST"]
    if not polls:
        missing.append("result operation: no page documents a GET that tells a task's state; add its page")
        return actions
    poll = polls[0]
    for submit in submits:
        task = _task(submit.facts, poll, missing)
        if task is not None:
            actions.append({
                "target": f"$.paths['{submit.facts.path}'].post",
                "description": "Read from names alone; look at each line. The expected times are a guess.",
                "update": {"x-task": task},
            })  # fmt: skip
    return actions


def _task(submit: OperationFacts, poll: NewPage, missing: list[str]) -> dict[str, Any] | None:
    """Return the task as the names of the fields let it be read, or None, saying what could not be told."""
    told = {field.pointer: field for field in poll.facts.fields if field.location == "response"}
    asked = [field for field in poll.facts.fields if field.location in ("query", "path")
             and pointers.name(field.pointer).lower() not in SIGNED_BY]  # fmt: skip
    started = [field.pointer for field in submit.fields if field.location == "response"]
    status = next((field for field in told.values() if _last(field) in ("status", "state", "task_status")), None)
    video = next((p for p, field in told.items() if "video" in p and _last(field) in ("url", "video_url", "*")), None)
    words = _statuses(status.schema.get("enum", ()) if status else ())
    found = {
        "the parameter that takes the task's id": asked, "the id in the submit's answer": _ids(started),
        "the task's status": status, "the words of the status": words, "the video's address": video,
    }  # fmt: skip
    absent = [name for name, value in found.items() if not value]
    if absent or status is None or video is None:
        missing.append(f"task of {submit.path}: could not tell {', '.join(absent)}; write x-task in overlay.yaml")
        return None
    if unknown := [word for word, state in words.items() if state == "?"]:
        missing.append(f"status words of {poll.route}: could not tell what {', '.join(unknown)} means")
        words = {word: state for word, state in words.items() if state != "?"}
    return {
        "poll": poll.operation_id, "parameter": pointers.name(asked[0].pointer),
        "submitted": {"id": _ids(started)[0]}, "polled": {"status": status.pointer, "video": video},
        "statuses": words, "video": _roles(submit.fields), "height": 720, "expected": {"base": 30, "perSecond": 12},
    }  # fmt: skip


def _last(field: FieldFact) -> str:
    return pointers.split(field.pointer)[-1]


def _ids(started: Iterable[str]) -> list[str]:
    return [pointer for pointer in started if pointers.split(pointer)[-1] in ("task_id", "id", "request_id")]


def _statuses(words: Iterable[Any]) -> dict[str, str]:
    """Return what each word means; `?` where nothing tells."""
    return {str(word): _state(str(word)) for word in words}


def _state(word: str) -> str:
    plain = word.lower()
    return next((state for state, marks in STATES.items() if any(mark in plain for mark in marks)), "?")


def _roles(fields: Iterable[FieldFact]) -> dict[str, str]:
    known = {field.pointer for field in fields if field.location == "body"}
    found = {role: f"/{name}" for role, names in ROLES.items() for name in reversed(names) if f"/{name}" in known}
    if "shots" in found:
        items = {"shot_prompt": "prompt", "shot_duration": "duration"}
        found |= {role: f"{found['shots']}/*/{name}" for role, name in items.items()
                  if f"{found['shots']}/*/{name}" in known}  # fmt: skip
    return found
