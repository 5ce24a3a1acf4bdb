"""Exchanges with a real provider in a file, and the mock that plays them back.

A recording is a file of JSON lines, one for each exchange. No header of a request stands in it, and the API key is
taken out of everything else.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from mockserver.asgi import Receive, Scope, Send, answer
from mockserver.between import Door
from mockserver.engine import Engine
from mockserver.http import Reply, Request
from mockserver.refusals import Refusals, Refused
from specs.errors import ReelspecError

_REMOVED: Final = b"(key removed)"
_SECRET: Final = 8
"""A key of fewer characters is a stand-in and may be part of any word, or of an id."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange; bodies are text where they are UTF-8, or else base64 after `base64:`."""

    method: str
    path: str
    query: str
    request: str
    status: int
    content_type: str
    answer: str


class Recorder:
    """Appends exchanges to a file. Raises ReelspecError for a file that cannot be written."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise ReelspecError(str(path), f"cannot be written: {error.strerror}", "give another --record") from None

    def add(self, request: Request, reply: Reply, key: bytes) -> None:
        """Append one exchange, without the key."""
        kind = next((value for name, value in reply.headers if name == b"content-type"), b"")
        asked, query, answered = (_without(part, key) for part in (request.body, request.query, reply.body))
        line = Recorded(
            request.method, request.path, query.decode("latin-1"), _text(asked), reply.status, kind.decode("latin-1"),
            _text(answered),
        )  # fmt: skip
        self._file.write(orjson.dumps(asdict(line), option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def load(path: Path) -> list[Recorded]:
    """Read a recording. Raises ReelspecError naming the line."""
    if not path.is_file():
        raise ReelspecError(str(path), "there is no such recording", "make one with --proxy and --record")
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(Recorded(**orjson.loads(line)))
        except (orjson.JSONDecodeError, TypeError) as error:
            raise ReelspecError(f"{path}:{number}", f"is no recorded exchange: {error}", "remove the line") from None
    return found


class Player:
    """Plays a recording back (ASGI). Equal requests get the recorded answers in turn, the last one for ever.

    Requests are compared as they are recorded, without the API key, and by what they mean: blanks and the order of
    members and parameters make no difference.
    """

    def __init__(self, engine: Engine, recorded: Iterable[Recorded]) -> None:
        self._engine, self._refusals, self._door = engine, Refusals(engine.contract), Door(engine)
        self._answers: dict[tuple[str, ...], list[Recorded]] = defaultdict(list)
        for one in recorded:
            self._answers[_meaning(one.method, one.path, one.query, one.request)].append(one)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await self._door.body(scope, receive, send)
        if body is not None:
            method, path, query = scope["method"], scope["path"], scope["query_string"]
            key = self._engine.key_of(Request(method, path, query, dict(scope["headers"]), body, ""))
            reply = self.reply(method, path, _without(query, key).decode("latin-1"), _text(_without(body, key)))
            await answer(reply, method, send)

    def reply(self, method: str, path: str, query: str, body: str) -> Reply:
        """Return the next answer to a request, or a refusal where none was recorded."""
        left = self._answers.get(_meaning(method, path, query, body))
        if not left:
            return self._refusals.reply(Refused("not_found", "The recording has no such request."))
        one = left.pop(0) if len(left) > 1 else left[0]
        return Reply(one.status, _bytes(one.answer), ((b"content-type", one.content_type.encode("latin-1")),))

    def close(self) -> None:
        """Nothing is held open."""


def _meaning(method: str, path: str, query: str, body: str) -> tuple[str, ...]:
    """Return what is equal for requests that mean the same."""
    with suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS).decode()
    return method, path, urlencode(sorted(parse_qsl(query, keep_blank_values=True))), body


def _without(data: bytes, key: bytes) -> bytes:
    """Return the data without the key, also where a URL quotes it."""
    if len(key) >= _SECRET:
        for form in dict.fromkeys((key, quote(key, safe="").encode())):
            data = data.replace(form, _REMOVED)
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()
