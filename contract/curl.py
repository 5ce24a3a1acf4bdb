"""A request as a line for the shell that sends the very same bytes."""

from __future__ import annotations

import base64
import re
import zlib
from functools import lru_cache

_READABLE = 2000
"""A body of so many bytes stands in the line as it is; a longer one is packed."""


def line(method: str, url: str, content: bytes | None, media_type: str | None, header: str | None) -> str:
    """Return a curl line for any shell of the sh family. `header` is a double-quoted word: see `signature`.

    A body that is long, or no plain text, is printed by Python and piped into curl: what is pasted sends what was sent,
    and a refused case that somebody tries is not bought by a body that was shortened.
    """
    parts = ["curl", "-sS", "-X", method, quoted(url)]
    if header is not None:
        parts += ["-H", header]
    if content is None:
        return " ".join(parts)
    parts += ["-H", quoted(f"Content-Type: {media_type}" if media_type else "Content-Type:")]
    if _plain(content):
        return " ".join([*parts, "--data-binary", quoted(content.decode())])
    return " ".join(["python3", "-c", quoted(_printing(content)), "|", *parts, "--data-binary", "@-"])


def signature(name: str, prefix: str, key: str | None, variable: str) -> str:
    """Return the header that signs a request as a double-quoted word; for the own key (None) stands $VARIABLE.

    A header without a value ends in a semicolon: so curl wants it.
    """
    value = prefix if key is None else (prefix + key).strip()
    said = re.sub(r'(["$`\\])', r"\\\1", f"{name}: {value}" if value or key is None else f"{name};")
    return f'"{said}"' if key is not None else f'"{said}${variable}"'


def quoted(text: str) -> str:
    """Return the text as one word for the shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _plain(content: bytes) -> bool:
    """Tell whether the body can stand in the line: printable, and nothing that curl takes for the name of a file."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return len(content) <= _READABLE and text.isprintable() and not text.startswith("@")


@lru_cache(maxsize=64)
def _printing(content: bytes) -> str:
    """Return Python that writes the bytes. They are long by repetition: packed twice, megabytes are a few words."""
    if len(content) <= _READABLE:
        return f"import sys; sys.stdout.buffer.write({content!r})"
    packed = base64.b64encode(zlib.compress(zlib.compress(content, 9), 9)).decode()
    return (
        "import sys; from base64 import b64decode; from zlib import decompress; "
        f'sys.stdout.buffer.write(decompress(decompress(b64decode("{packed}"))))'
    )
