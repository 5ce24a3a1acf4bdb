"""What was decided: contradictions in overlays and rules, and what stands in a spec without a page that says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codegen import overlay
from codegen.assemble import Document
from codegen.lint.finding import Finding
from codegen.overlay import Action
from codegen.pagelist import PageList
from specs.checks import Source
from specs.errors import SpecError
from specs.model import Contract


def check(contract: Contract, listed: PageList) -> Iterator[Finding]:
    """Yield what the provider's rules and overlays decide."""
    for operation in contract.operations:
        known = {field.pointer: field.source for field in operation.at("body")}
        for rule in operation.rules:
            place = f"{operation.id} {rule.id}"
            if rule.status == "contradicted":
                others = (other.source for other in operation.rules if other.fields == rule.fields)
                fields = (known[pointer] for pointer in rule.mentioned() if pointer in known)
                sources = (rule.source, *others, *fields)
                said = rule.decision or "the sources disagree"
                yield Finding("decided", contract.provider, place, said, tuple(dict.fromkeys(sources)))
            elif rule.source.inferred and not rule.source.page:
                yield Finding("inferred", contract.provider, place, rule.source.inferred, ())
    for path in listed.overlays:
        for action in overlay.load(path):
            if (disagreement := action.contradiction) is not None:
                said = f"{disagreement.says}; decided: {action.reason}"
                sources = (*disagreement.sources, _place(path, action))
                yield Finding("decided", contract.provider, action.target, said, sources)


def stale(document: Document, listed: PageList) -> Iterator[Finding]:
    """Yield the overlay actions that do not fit the pages any more: they select nothing, or change nothing."""
    for path in listed.overlays:
        for action in overlay.load(path):
            place = _place(path, action)
            try:
                changed = overlay.apply(document, (action,))
            except SpecError as problem:
                yield Finding("overlay-stale", listed.provider, action.target, problem.problem, (place,))
                continue
            if action.changes and changed == document:
                said = "changes nothing: the pages state it themselves by now"
                yield Finding("overlay-stale", listed.provider, action.target, said, (place,))
            document = changed


def _place(path: Path, action: Action) -> Source:
    """Return where the action stands, from the folder of all specs on: the same on every machine."""
    return Source(f"{path.parent.name}/{path.name}{action.place.removeprefix(str(path))}")
