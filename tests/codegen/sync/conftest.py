"""A small provider whose pages a local server serves, each address as a test wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codegen import fetch

PAGE = """\
# Make a film

POST /films

<ParamField body="prompt" type="string" required>
  At most 200 characters.
</ParamField>

<ParamField body="still" type="string">
  Cannot be used together with `mood`.
</ParamField>

<ParamField body="mood" type="string" />

<ParamField body="seconds" type="integer" default={5}>
  Between 3 and 15.
</ParamField>

<ResponseField name="film" type="string" required />
"""

LIST = """\
title = "Films"
version = "1.2.0"
servers = ["https://films.example"]
overlays = ["overlay.yaml"]
{index}
[[page]]
key = "make"
address = "{base}/make.md"
alternatives = [{alternatives}]
file = "make.md"
operation = "POST /films"
id = "make_film"
"""

OVERLAY = """\
overlay: 1.0.0
info: {title: Films, version: 1.0.0}
actions:
- target: $
  description: No page tells the errors.
  update:
    x-errors:
      pointers: {code: /code}
      codes:
      - {code: BAD, status: 400, meaning: invalid_request}
- target: $.components.schemas
  description: No page tells the body of an error.
  update:
    Error: {type: object, properties: {code: {type: string}}}
- target: $.components.schemas.MakeFilmRequest.properties.prompt
  description: An empty prompt makes no film.
  update: {minLength: 1}
- target: $.components.schemas.MakeFilmRequest.properties.mood
  description: The mood of a film that names none is calm.
  update: {default: calm}
"""

Reply = Callable[[BaseHTTPRequestHandler], None]


def page(text: str, *, etag: str = "", modified: str = "", kind: str = "text/markdown") -> Reply:
    """Answer a page; with an `etag`, or the time when it was `modified`, 304 to whoever has it."""

    def reply(request: BaseHTTPRequestHandler) -> None:
        given, known = request.headers, {"If-None-Match": etag, "If-Modified-Since": modified}
        same = any(value and given.get(name) == value for name, value in known.items())
        data = b"" if same else text.encode()
        request.send_response(304 if same else 200)
        if not same:
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(data)))
        for name, value in {"ETag": etag, "Last-Modified": modified}.items():
            if value:
                request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return reply


def redirect(location: str, status: int = 302) -> Reply:
    def reply(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", location)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return reply


def cut(text: str) -> Reply:
    """Promise the whole page and close the connection after a part of it."""

    def reply(request: BaseHTTPRequestHandler) -> None:
        data = text.encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[: len(data) // 2])
        request.close_connection = True

    return reply


def cut_in_chunks(text: str) -> Reply:
    """Send a part of the page in chunks and close the connection before the last."""

    def reply(request: BaseHTTPRequestHandler) -> None:
        data = text.encode()[: len(text) // 2]
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        request.close_connection = True

    return reply


def status(code: int, headers: dict[str, str] | None = None) -> Reply:
    def reply(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {**(headers or {}), "Content-Length": "0"}.items():
            request.send_header(name, value)
        request.end_headers()

    return reply


class Site:
    """The server: replies by path, each taken from its list until one is left; `asked` and `answered` record them."""

    def __init__(self, home: Path) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.answered: list[int] = []
        self.home = home
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                replies = site.replies.get(self.path, [status(404)])
                (replies.pop(0) if len(replies) > 1 else replies[0])(self)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
                site.answered.append(int(code))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, path: str, *replies: Reply) -> None:
        self.replies[path] = list(replies)

    def provider(self, *, alternatives: str = "", index: str = "") -> Path:
        """Write the provider's folder and return the folder of specs."""
        folder = self.home / "specs" / "films"
        folder.mkdir(parents=True, exist_ok=True)
        text = LIST.format(base=self.base, alternatives=alternatives, index=index)
        (folder / "pages.toml").write_text(text, encoding="utf-8")
        (folder / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
        return folder.parent

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(fetch, "PAUSE", 0.0)
    monkeypatch.setattr(fetch, "BACKOFF", 0.0)
    found = Site(tmp_path)
    found.serve("/make.md", page(PAGE))
    yield found
    found.close()
