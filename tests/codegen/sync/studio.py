"""Two small providers with tasks, so with clients, and their pages in a folder."""

from __future__ import annotations

from pathlib import Path

NAMES = ("films", "shorts")
MAKE = """\
# Make a film

POST /films

<ParamField body="prompt" type="string" required>
  At most {longest} characters.
</ParamField>

<ParamField body="seconds" type="integer" default={{5}}>
  Between 3 and 15.
</ParamField>

<ResponseField name="ticket" type="string" required />
"""
LOOK = """\
# Look at a film

GET /films/state

<ParamField query="ticket" type="string" required />

<ResponseField name="state" type="string" required />

<ResponseField name="film" type="string" />
"""
LIST = """\
title = "{name}"
version = "1.0.0"
servers = ["https://{name}.example"]
overlays = ["overlay.yaml"]

[[page]]
key = "make"
address = "{base}/{name}/make.md"
file = "{name}/make.md"
operation = "POST /films"
id = "make_film"

[[page]]
key = "look"
address = "{base}/{name}/look.md"
file = "{name}/look.md"
operation = "GET /films/state"
id = "film_state"
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Films, version: 1.0.0}
actions:
- target: $
  description: No page tells the errors.
  update:
    x-errors:
      pointers: {code: /code, message: /message}
      codes:
      - {code: BAD, status: 400, meaning: invalid_request}
- target: $.components.schemas
  description: No page tells the body of an error.
  update:
    Error: {type: object, properties: {code: {type: string}, message: {type: string}}}
- target: $.paths['/films'].post
  description: No page tells how a film comes about.
  update:
    x-task:
      poll: film_state
      parameter: ticket
      submitted: {id: /ticket}
      polled: {status: /state, video: /film}
      statuses: {waiting: queued, at work: running, done: succeeded, spoilt: failed}
      video: {prompt: /prompt, duration: /seconds}
      height: 720
      expected: {base: 10, perSecond: 2}
      resultTtl: 3600
"""


def build(home: Path, base: str = "https://studio.example", names: tuple[str, ...] = NAMES) -> None:
    """Write the providers below `home`/specs and their pages, published below `base`, into `home`/pages."""
    for name in names:
        folder = home / "specs" / name
        folder.mkdir(parents=True)
        (folder / "pages.toml").write_text(LIST.format(name=name, base=base), encoding="utf-8")
        (folder / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    document(home, 200)


def document(home: Path, longest: int) -> None:
    """Write the pages, which allow a prompt so many characters."""
    for name in NAMES:
        folder = home / "pages" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "make.md").write_text(MAKE.format(longest=longest), encoding="utf-8")
        (folder / "look.md").write_text(LOOK, encoding="utf-8")


def arguments(home: Path) -> list[str]:
    """Return what to call reelspec with."""
    return ["sync", "--from", str(home / "pages"), "--specs", str(home / "specs"), "--cache", str(home / "cache")]


def tree(home: Path) -> dict[str, bytes]:
    """Return all files of specs and clients, those too that are written aside."""
    files = [path for part in ("specs", "generated") for path in (home / part).rglob("*") if path.is_file()]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def seen(home: Path) -> dict[str, bytes]:
    """Return the files that a reader of specs and clients sees."""
    hidden = (".reelspec-journal", ".reelspec-new")
    return {name: data for name, data in tree(home).items() if not name.endswith(hidden)}
