"""The dashboard's files, read once, with headers that let a page load nothing from elsewhere and run nothing inline."""

from __future__ import annotations

import functools
import importlib.resources
from importlib.resources.abc import Traversable
from typing import Final

from mockserver.http import Headers, Reply

_TYPES: Final = {
    "html": b"text/html; charset=utf-8", "css": b"text/css; charset=utf-8", "svg": b"image/svg+xml",
    "js": b"text/javascript; charset=utf-8", "png": b"image/png",
}  # fmt: skip
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_VIEWER_FILES: Final = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"})


def page(name: str) -> Reply | None:
    """Return the file that stands at a path below `/_mock/`; None where there is none."""
    if name == "":
        name = "dashboard/index.html"
    elif name in ("docs", "docs/"):
        name = "dashboard/docs.html"
    folder, _, file = name.partition("/")
    known = _own_files() if folder == "dashboard" else _VIEWER_FILES if folder == "docs" else ()
    return _file(folder, file) if file in known else None


@functools.cache
def _file(folder: str, file: str) -> Reply:
    path = (_own() if folder == "dashboard" else _viewer()) / file
    kind = _TYPES[path.name.rpartition(".")[2]]
    headers: Headers = (
        (b"content-type", kind), (b"content-security-policy", _POLICY), (b"cache-control", b"no-cache"),
        (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )  # fmt: skip
    return Reply(200, path.read_bytes(), headers)


@functools.cache
def _own() -> Traversable:
    return importlib.resources.files("mockserver.dashboard") / "static"


@functools.cache
def _own_files() -> frozenset[str]:
    return frozenset(found.name for found in _own().iterdir() if found.name.rpartition(".")[2] in _TYPES)


@functools.cache
def _viewer() -> Traversable:
    """Return the folder of Swagger UI, whose package names it after the version."""
    (folder,) = (importlib.resources.files("swagger_ui_bundle") / "vendor").iterdir()
    return folder
