"""JSON pointers (RFC 6901) with `*` for the items of an array."""

from __future__ import annotations


def split(pointer: str) -> tuple[str, ...]:
    """Return the pointer's reference tokens, unescaped."""
    if not pointer:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/"))


def join(*names: str) -> str:
    """Return the pointer of the reference tokens."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def name(pointer: str) -> str:
    """Return the name a person would use: `/multi_prompt/*/duration` is `multi_prompt[].duration`."""
    found = ""
    for part in split(pointer):
        if part == "*" or part.isdigit():
            found += "[]" if part == "*" else f"[{part}]"
        else:
            found += f".{part}" if found else part
    return found


def parent(pointer: str) -> str:
    """Return the pointer of what holds the field; the root's is the empty string."""
    return pointer.rpartition("/")[0]


def array(pointer: str) -> str | None:
    """Return the pointer of the innermost array whose items the pointer speaks of, or None."""
    head, star, _ = pointer.rpartition("/*")
    return head if star else None
