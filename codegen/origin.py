"""What changed a spec: its pages, our decisions, the code that reads pages, or somebody's hand.

pages.lock holds checksums of all of them; were they not told apart, our own doing would be taken for that of the docs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import specs
from codegen import lock as locks
from codegen.lock import Entry, Lock
from codegen.pagelist import PageList
from codegen.sync import GLOSSARY

CODE = Path(__file__).parent
READS = ("pages", "phrases", "assemble.py", "extract.py", "facts.py", "finish.py", "overlay.py", "sync.py")
"""What of our code takes part in making a spec from pages, besides the package `specs`."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a spec changes: a sentence, empty where it does not or where its pages are all there is to tell."""

    text: str = ""
    only_by_hand: bool = False


@cache
def extractor() -> str:
    """Return the checksum of the code that reads pages, the same on every machine."""
    found = [path for name in READS for path in ((CODE / name).rglob("*.py") if "." not in name else (CODE / name,))]
    found += Path(specs.__file__).parent.rglob("*.py")
    return locks.checksum(*(path.read_bytes() for path in sorted(found, key=lambda path: path.as_posix())))


def lock(
    folder: Path, listed: PageList, entries: Mapping[str, Entry], spec: str, overrides: Iterable[str], known: Lock
) -> Lock:
    """Return the lock of a spec. Where neither pages nor spec changed, it stays what it was: of older code, too."""
    made, overridden = locks.checksum(spec.encode()), tuple(dict.fromkeys(overrides))
    if (known.pages, known.spec, known.overrides) == (entries, made, overridden):
        return known
    decided = (folder / "pages.toml", *listed.overlays, GLOSSARY)
    return Lock(extractor(), locks.checksum(*(path.read_bytes() for path in decided)), made, entries, overridden)


def cause(known: Lock, new: Lock, before: str, *, same: bool) -> Cause:
    """Return why the files change; a first spec, whose text `before` is empty, needs no reason, nor one that stays.

    `same` tells whether the contract does: then the pages are told whose bytes did not.
    """
    stood = locks.checksum(before.encode())
    if not before or not known.pages:
        return Cause()
    pages = [key for key, entry in new.pages.items()
             if key not in known.pages or known.pages[key].sha256 != entry.sha256]  # fmt: skip
    pages += [key for key in known.pages if key not in new.pages]
    alone = Cause(f"pages changed: {', '.join(pages)}; the contract did not" if pages and same else "")
    if new.spec == stood:
        return alone
    if known.spec == new.spec:
        return Cause("openapi.yaml was edited by hand; what its pages give is put back", only_by_hand=True)
    ours = []
    if not known.spec:
        ours.append("overlays, pages.toml or the reader changed, or openapi.yaml was edited by hand")
    else:
        ours += ["pages.toml or an overlay changed"] if known.decisions != new.decisions else []
        ours += ["the code that reads pages changed"] if known.extractor != new.extractor else []
        ours += ["openapi.yaml was edited by hand, which is undone"] if known.spec != stood else []
    if pages and not (known.spec and ours):
        return alone
    told = f"pages changed: {', '.join(pages)}" if pages else "no page changed"
    return Cause("; ".join([told, *ours]))
