"""Names of a spec into Python names: ASCII, no keyword, nothing that is taken, and always the same."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

from codegen.emit.text import Ident

_WORDS = re.compile(r"[A-Za-z0-9]+")


def ident(name: str, taken: Collection[str] = (), fallback: str = "field") -> Ident:
    """Return a variable name as near to `name` as can be, different from all that are taken."""
    words = re.sub(r"[^A-Za-z0-9_]+", "_", unicodedata.normalize("NFKC", name)).strip("_")
    found = words if words and not words[0].isdigit() else f"{fallback}_{words}".rstrip("_")
    return _free(found, taken)


def class_name(name: str, taken: Collection[str] = (), fallback: str = "Object") -> Ident:
    """Return a class name: `kling_v3_0_pro_i2v` is `KlingV30ProI2v`."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", name))
    found = "".join(word[0].upper() + word[1:] for word in words)
    return _free(found if found and not found[0].isdigit() else fallback + found, taken)


def _free(name: str, taken: Collection[str]) -> Ident:
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        name += "_"
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name.rstrip('_')}_" if number == 2 and not name.endswith("_") else f"{name.rstrip('_')}_{number}"
    return Ident(found)


def allocate(names: Iterable[str], reserved: Collection[str], fallback: str = "field") -> dict[str, Ident]:
    """Return a name for each; those that can keep their own do so, whatever the order."""
    wanted = sorted(set(names))
    found: dict[str, Ident] = {}
    taken = set(reserved)
    for name in sorted(wanted, key=lambda name: (not name.isidentifier(), name)):
        found[name] = ident(name, taken, fallback)
        taken.add(found[name])
    return found


def singular(name: str) -> str:
    """Return the name of one of them: `elements` is `element`; what does not end in s stays."""
    return name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 2 else f"{name}_item"
