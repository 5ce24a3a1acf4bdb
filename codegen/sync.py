"""Pages to specs: read every page of a provider, assemble, overlay, finish, check. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import specs
from codegen import overlay, pagelist
from codegen.assemble import Document, assemble, chosen
from codegen.extract import extract
from codegen.facts import Facts
from codegen.finish import finish
from codegen.pagelist import PageList
from codegen.pages import naming
from specs import yaml12
from specs.errors import PageError, SpecError

GLOSSARY = Path(specs.__file__).parent / "glossary.yaml"


@dataclass(frozen=True, slots=True)
class Synced:
    """A provider's spec as the pages give it: its text, where it belongs, and the facts of each page by key."""

    provider: str
    path: Path
    text: str
    facts: Mapping[str, Facts]


def sync(folder: Path, pages: Path) -> Synced:
    """Make the spec of the provider in `folder` from stored pages below `pages`.

    Raises SpecError or PageError where anything is amiss; nothing is written here.
    """
    listed = pagelist.load(folder / "pages.toml")
    return make(folder, listed, stored(listed, pages))


def make(folder: Path, listed: PageList, data: Mapping[str, bytes]) -> Synced:
    """Make the spec of the provider in `folder` from the bytes of its pages by key."""
    return decide(folder, listed, read(folder, listed, data))


def decide(folder: Path, listed: PageList, facts: Mapping[str, Facts]) -> Synced:
    """Make the spec of the provider in `folder` from the facts of its pages by key."""
    document = documented(listed, facts)
    for path in listed.overlays:
        document = overlay.apply(document, overlay.load(path))
    document = finish(document, yaml12.load(GLOSSARY))
    specs.contract(document, str(folder / "openapi.yaml"), listed.provider)
    return Synced(listed.provider, folder / "openapi.yaml", yaml12.dumps(document), facts)


def read(folder: Path, listed: PageList, data: Mapping[str, bytes]) -> dict[str, Facts]:
    """Return the facts of each page by key.

    Raises PageError for a page whose names stand in pages.toml when its bytes are others than those they were made for.
    """
    names = naming.load(folder / "pages.toml")
    found = {page.key: extract(data[page.key], names, page.file) for page in listed.pages}
    named = {entry.address: entry.sha256 for entry in names if entry.names}
    for page in listed.pages:
        facts = found[page.key]
        fields = any(operation.fields for operation in facts.operations)
        if not fields and named.get(page.address, facts.sha256) != facts.sha256:
            raise PageError(
                page.address, "gives no names, and changed since they were written into pages.toml",
                "look at what changed, then mend names, lines and sha256 there",
            )  # fmt: skip
    return found


def documented(listed: PageList, facts: Mapping[str, Facts]) -> Document:
    """Return the document as the pages have it, before any decision of ours."""
    return assemble(listed, {page.key: chosen(page, facts[page.key].operations) for page in listed.pages})


def stored(listed: PageList, pages: Path) -> dict[str, bytes]:
    """Return the bytes of the provider's pages by key, from the copies below `pages`."""
    return {page.key: _bytes(pages / page.file) for page in listed.pages}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SpecError(str(path), f"the page cannot be read: {problem.strerror}", "check --from") from problem
