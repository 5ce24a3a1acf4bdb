"""Pages to specs: read every page of a provider, assemble, overlay, finish, check. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import specs
from codegen import overlay
from codegen.assemble import Document, assemble, chosen
from codegen.extract import extract
from codegen.facts import Facts
from codegen.finish import finish
from codegen.pagelist import PageList
from codegen.pages import naming
from codegen.sources import Copy
from specs import yaml12
from specs.errors import PageError

GLOSSARY = Path(specs.__file__).parent / "glossary.yaml"


@dataclass(frozen=True, slots=True)
class Synced:
    """A provider's spec as the pages give it: its text, where it belongs, and the facts of each page by key."""

    provider: str
    path: Path
    text: str
    facts: Mapping[str, Facts]


def decide(folder: Path, listed: PageList, facts: Mapping[str, Facts]) -> Synced:
    """Make the spec of the provider in `folder` from the facts of its pages by key."""
    document = documented(listed, facts)
    for path in listed.overlays:
        document = overlay.apply(document, overlay.load(path))
    document = finish(document, yaml12.load(GLOSSARY))
    specs.contract(document, str(folder / "openapi.yaml"), listed.provider)
    return Synced(listed.provider, folder / "openapi.yaml", yaml12.dumps(document), facts)


def read(folder: Path, listed: PageList, copies: Mapping[str, Copy]) -> dict[str, Facts]:
    """Return the facts of each page by key.

    Raises PageError for a page whose names stand in pages.toml when its bytes are others than those they were made for.
    """
    names = naming.load(folder / "pages.toml")
    found = {page.key: extract(copies[page.key].data, names, copies[page.key].place) for page in listed.pages}
    named = {entry.address: entry.sha256 for entry in names if entry.names}
    for page in listed.pages:
        facts = found[page.key]
        fields = any(operation.fields for operation in facts.operations)
        if not fields and named.get(page.address, facts.sha256) != facts.sha256:
            raise PageError(
                copies[page.key].place, "gives no names, and changed since they were written into pages.toml",
                "look at what changed, then mend names, lines and sha256 there",
            )  # fmt: skip
    return found


def documented(listed: PageList, facts: Mapping[str, Facts]) -> Document:
    """Return the document as the pages have it, before any decision of ours."""
    return assemble(listed, {page.key: chosen(page, facts[page.key].operations) for page in listed.pages})
