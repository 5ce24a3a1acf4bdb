"""What was decided: contradictions in overlays and rules, and what stands in a spec without a page that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Step:
    """An action of an overlay on its way: the document before and after it, and why it could not be carried out."""

    place: Source
    action: Action
    before: Document
    after: Document
    problem: str = ""


def steps(document: Document, listed: PageList) -> tuple[Step, ...]:
    """Return every action of the provider's overlays, carried out one after the other on what the pages say."""
    found = []
    for path in listed.overlays:
        for action in overlay.load(path):
            before, problem = document, ""
            try:
                document = overlay.apply(before, (action,))
            except SpecError as fault:
                problem = fault.problem
            found.append(Step(_place(path, action), action, before, document, problem))
    return tuple(found)


def stale(steps: Iterable[Step], provider: str) -> Iterator[Finding]:
    """Yield the overlay actions that do not fit the pages any more: they select nothing, or change nothing."""
    for step in steps:
        said = step.problem
        if not said and step.action.changes and step.after == step.before:
            told = overlay.selected(step.before, step.action)  # one that is optional may find nothing
            said = "changes nothing: the pages state it themselves by now" if told else "selects nothing"
        if said:
            yield Finding("overlay-stale", provider, step.action.target, said, (step.place,))


def _place(path: Path, action: Action) -> Source:
    """Return where the action stands, from the folder of all specs on: the same on every machine."""
    return Source(f"{path.parent.name}/{path.name}{action.place.removeprefix(str(path))}")
