"""Exchanges with a real provider in a file, and the mock that plays them back.

A recording is a file of JSON lines, one for each exchange. No header of a request stands in it, and the API key is
taken out of everything else.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import jsonschema_rs
import orjson

from mockserver.asgi import Receive, Scope, Send, answer
from mockserver.between import Door
from mockserver.engine import Engine
from mockserver.http import Reply, Request
from mockserver.refusals import Refusals, Refused
from specs import pointers
from specs.errors import ReelspecError

_REMOVED: Final = b"(key removed)"
_SECRET: Final = 8
"""A key of fewer characters is a stand-in and may be part of any word, or of an id."""

_NOT_AMONG_HEADERS: Final = frozenset({"content-type", "set-cookie"})
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange; bodies are text where they are UTF-8, or else base64 after `base64:`.

    `headers` are those of the answer but its content type and cookies.
    """

    method: str
    path: str
    query: str
    request: str
    status: int
    content_type: str
    answer: str
    headers: Headers = ()


_TEXT: Final = {"type": "string"}
_HEADER: Final = {"type": "string", "pattern": "^[\\t\\x20-\\x7e\\x80-\\xff]*$"}
_SHAPE: Final = jsonschema_rs.Draft202012Validator({
    "type": "object",
    "properties": {
        "method": _TEXT, "path": _TEXT, "query": _TEXT, "request": _TEXT, "answer": _TEXT, "content_type": _HEADER,
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "headers": {"type": "array", "items": {"type": "array", "items": _HEADER, "minItems": 2, "maxItems": 2}},
    },
    "required": ["method", "path", "query", "request", "status", "content_type", "answer"],
    "additionalProperties": False,
})  # fmt: skip


class Recorder:
    """Appends exchanges to a file. Raises ReelspecError for a file that cannot be written."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise ReelspecError(str(path), f"cannot be written: {error.strerror}", "give another --record") from None

    def add(self, request: Request, reply: Reply, key: bytes) -> None:
        """Append one exchange, without the key. Raises OSError where that fails."""
        headers = [(name.decode("latin-1"), without(value, key).decode("latin-1")) for name, value in reply.headers]
        path, query, asked, answered = (
            without(part, key) for part in (request.path.encode(), request.query, request.body, reply.body)
        )
        line = Recorded(
            method=request.method, path=path.decode(), query=query.decode("latin-1"), request=_text(asked),
            status=reply.status, content_type=next((value for name, value in headers if name == "content-type"), ""),
            answer=_text(answered), headers=[one for one in headers if one[0] not in _NOT_AMONG_HEADERS],
        )  # fmt: skip
        self._file.write(orjson.dumps(asdict(line), option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # of what could not be written `add` has told
            self._file.close()


def load(path: Path) -> list[Recorded]:
    """Read a recording. Raises ReelspecError naming the line."""
    if not path.is_file():
        raise ReelspecError(str(path), "there is no such recording", "make one with --proxy and --record")
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            stated = orjson.loads(line)
            for wrong in _SHAPE.iter_errors(stated):
                raise ValueError(f"{pointers.join(*map(str, wrong.instance_path))} {wrong.message}".strip())
            one = Recorded(**stated)
            _bytes(one.answer)
        except ValueError as error:
            raise ReelspecError(f"{path}:{number}", f"is no recorded exchange: {error}", "remove the line") from None
        found.append(one)
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
            key = self._engine.keys.stated(Request(method, path, query, dict(scope["headers"]), body, ""))
            path, query, body = (without(part, key) for part in (path.encode(), query, body))
            reply = self.reply(method, path.decode(), query.decode("latin-1"), _text(body))
            await answer(reply, method, send)

    def reply(self, method: str, path: str, query: str, body: str) -> Reply:
        """Return the next answer to a request, or a refusal where none was recorded."""
        left = self._answers.get(_meaning(method, path, query, body))
        if not left:
            return self._refusals.reply(Refused("not_found", "The recording has no such request."))
        one = left.pop(0) if len(left) > 1 else left[0]
        headers = [("content-type", one.content_type)] if one.content_type else []
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *one.headers)]
        return Reply(one.status, _bytes(one.answer), encoded)

    def close(self) -> None:
        """Nothing is held open."""


def _meaning(method: str, path: str, query: str, body: str) -> tuple[str, ...]:
    """Return what is equal for requests that mean the same."""
    with suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS).decode()
    return method, path, urlencode(sorted(parse_qsl(query, keep_blank_values=True))), body


def without(data: bytes, key: bytes) -> bytes:
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
