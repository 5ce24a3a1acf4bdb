"""Foreign text in reports: what pages and specs of strangers say is shown as it is, and does nothing.

Messages are English of ours with foreign words in code spans (`code`). `line` makes one line of a text for a terminal,
`prose` one for Markdown, in which nothing but our own code spans has a meaning: no HTML, heading, link, mention of a
person or issue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 60
"""Characters of one text in an example, before it is shortened."""
_SHOWN = 12
_RUN = re.compile(r"`+")
_MEANING = re.compile(r"[`<>\[\]*\\|!~&#@$]|://|^_|_$|\b(?:www\.|GH-\d)", re.IGNORECASE)
"""What makes a word more than a word in GitHub's Markdown."""


def line(text: str) -> str:
    """Return the text on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def code(text: str) -> str:
    """Return the text as a code span, whatever it holds: its fence is longer than every run of backticks in it."""
    plain = line(text)
    longest = max((len(run) for run in _RUN.findall(plain)), default=0)
    if not longest:
        return f"`{plain}`" if plain else "` `"
    fence = "`" * (longest + 1)
    return f"{fence} {plain} {fence}"


def prose(text: str) -> str:
    """Return a message for Markdown: its code spans stay, every other word with a meaning there becomes one."""
    found, rest = [], line(text)
    while (opening := _RUN.search(rest)) is not None:
        fence = opening[0]
        closing = re.search(rf"(?<!`){fence}(?!`)", rest[opening.end() :])
        if closing is None:
            break
        inside = rest[opening.end() : opening.end() + closing.start()]
        found += [_words(rest[: opening.start()]), code(inside)]
        rest = rest[opening.end() + closing.end() :]
    return _joined([*found, _words(rest)])


def _words(text: str) -> str:
    return "".join(code(word) if _MEANING.search(word) else word for word in re.split(r"(\s+)", text))


def _joined(parts: Iterable[str]) -> str:
    """Join the parts; two spans that touch would be read as one."""
    found = ""
    for part in parts:
        found += " " + part if found.endswith("`") and part.startswith("`") else part
    return found


def example(body: Mapping[str, Any]) -> str:
    """Return a request as JSON on one line, its long texts shortened."""
    return json.dumps(_shortened(body), ensure_ascii=False)


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:_SHOWN]}… ({len(value)} characters)"
    return value
