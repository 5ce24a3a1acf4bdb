"""What did not change is not read again: a checksum of all that a sync reads, kept with the checksums of what it wrote.

It is kept outside of the project and may be lost at any time; then the pages are read once more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import specs
from codegen.pagelist import PageList
from codegen.sources import Copy

CODE = Path(__file__).parent
SPECS = Path(specs.__file__).parent
TOOLS = ("datamodel_code_generator", "jinja2", "jsonpath_rfc9535", "pydantic", "ruff", "yaml")
"""Modules of other packages whose version shows in what is written."""


def fingerprint(folder: Path, listed: PageList, copies: Mapping[str, Copy]) -> str:
    """Return the checksum of everything that the provider's spec and client are made from."""
    found = hashlib.sha256(code().encode())
    read = (folder / "pages.toml", *listed.overlays, SPECS / "glossary.yaml")
    for data in (*(path.read_bytes() for path in read), *(copies[page.key].data for page in listed.pages)):
        found.update(len(data).to_bytes(8, "big") + data)
    for copy in copies.values():
        found.update(repr(copy.address).encode())
    return found.hexdigest()


@cache
def code() -> str:
    """Return the checksum of the program itself and of the tools it uses."""
    found = hashlib.sha256(" ".join(_installed()).encode())
    for root in (CODE, SPECS):
        for path in sorted((*root.rglob("*.py"), *root.rglob("*.jinja"))):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _installed() -> list[str]:
    """Return name and version of all packages installed beside the tools: an update of any of them has pages read anew.

    The names of their folders say it, at a tenth of the cost of asking for each version.
    """
    origins = [spec.origin for tool in TOOLS if (spec := find_spec(tool)) is not None and spec.origin is not None]
    sites = {Path(origin).parent.parent for origin in origins}
    return sorted(path.name for site in sites for path in site.glob("*.dist-info"))


def outputs(paths: Iterable[Path]) -> dict[str, str]:
    """Return the checksum of each file, or an empty one of a file that is not there."""
    return {str(path): _sha256(path) for path in sorted(paths)}


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def seen(store: Path, folder: Path, inputs: str, paths: Iterable[Path]) -> bool:
    """Tell whether just these inputs gave just the files that are there."""
    try:
        known = json.loads(_place(store, folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == {"inputs": inputs, "outputs": outputs(paths)})


def remember(store: Path, folder: Path, inputs: str, paths: Iterable[Path]) -> None:
    """Keep what the inputs gave."""
    with contextlib.suppress(OSError):  # then the pages are read again next time
        target = _place(store, folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps({"inputs": inputs, "outputs": outputs(paths)}), encoding="utf-8")
        aside.replace(target)


def _place(store: Path, folder: Path) -> Path:
    return store / "synced" / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]}.json"
