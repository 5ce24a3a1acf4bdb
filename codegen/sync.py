"""Pages to specs: read every page of a provider, assemble, overlay, finish, check; write together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import specs
from codegen import overlay, pagelist
from codegen.assemble import assemble, chosen
from codegen.extract import extract
from codegen.facts import Facts
from codegen.finish import finish
from codegen.pages import naming
from specs import yaml12
from specs.errors import SpecError

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
    names = naming.load(folder / "pages.toml")
    facts = {page.key: extract(_bytes(pages / page.file), names, page.file) for page in listed.pages}
    document = assemble(listed, {page.key: chosen(page, facts[page.key].operations) for page in listed.pages})
    for path in listed.overlays:
        document = overlay.apply(document, overlay.load(path))
    document = finish(document, yaml12.load(GLOSSARY))
    specs.contract(document, str(folder / "openapi.yaml"), listed.provider)
    return Synced(listed.provider, folder / "openapi.yaml", yaml12.dumps(document), facts)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SpecError(str(path), f"the page cannot be read: {problem.strerror}", "check --from") from problem
