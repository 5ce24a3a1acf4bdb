"""What is odd about what the pages say, before any decision of ours; and what of it the spec decides."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import specs
from codegen.assemble import Document
from codegen.facts import Facts
from codegen.lint import contract as checks
from codegen.lint.finding import Finding
from codegen.pagelist import PageList
from specs import pointers
from specs.checks import Source
from specs.loader import walk
from specs.rules.parse import parse_rule

DISAGREEMENTS = ("contradiction", "field-unusable", "unknown-field", "default-refused", "types-differ")


def check(document: Document, spec: specs.Contract) -> Iterator[Finding]:
    """Yield the contradictions of the document as the pages have it. `spec` gives what pages never say."""
    named = copy.deepcopy(document)
    yield from _unknown(named, spec.provider)
    named["x-errors"] = spec.document["x-errors"]
    documented = specs.contract(named, "the pages", spec.provider)
    yield from (finding for finding in checks.check(documented) if finding.kind in DISAGREEMENTS)


def _unknown(document: Document, provider: str) -> Iterator[Finding]:
    """Take the rules out that name a field which the operation does not have, and yield them."""
    for schema in document["components"]["schemas"].values():
        known = {field.pointer for field in walk(schema, "body", "")}
        for entry in list(schema.get("x-rules", ())):
            rule = parse_rule(entry, "the pages")
            missing = [pointer for pointer in rule.mentioned() if pointer not in known]
            if missing:
                schema["x-rules"].remove(entry)
                names = ", ".join(f"`{pointers.name(pointer)}`" for pointer in missing)
                said = f"it names {names}, which the request does not have"
                yield Finding("unknown-field", provider, rule.id, said, (rule.source,))


def settled(found: Iterable[Finding], still: Sequence[Finding], decided: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the decisions, each with the lines of what it decides, and what the spec left as the pages have it.

    A contradiction of the pages that the spec does not have any more was decided, even where nobody wrote that down.
    """
    told = list(decided)
    left = {(finding.kind, finding.place) for finding in still}
    for finding in found:
        if (finding.kind, finding.place) in left:
            continue
        at = next((n for n, one in enumerate(told) if _same(one, finding)), None)
        if at is None:
            said = f"{finding.message}; the overlay decides otherwise"
            told.append(replace(finding, kind="decided", message=said))
        else:
            merged = tuple(dict.fromkeys((*told[at].sources, *finding.sources)))
            told[at] = replace(told[at], sources=merged)
    yield from told


def _same(one: Finding, other: Finding) -> bool:
    lines = {(source.page, source.line) for source in other.sources if source.line}
    return any((source.page, source.line) in lines for source in one.sources)


def unread(provider: str, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Yield the sentences that look like a constraint and were not understood."""
    for key, page in facts.items():
        for row in page.unread:
            yield Finding("unread", provider, key, row.brief, (Source(key, row.line),))


def disputed(
    listed: PageList, facts: Mapping[str, Facts], spec: specs.Contract, decided: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield what a page says in different ways of one field, unless an overlay says which of it holds.

    It does by its own value of the keyword, or by an action that names one of the lines as a source.
    """
    for page in listed.pages:
        operation = spec.operation(page.operation_id)
        known = {(field.location, field.pointer): field.decided for field in operation.fields}
        for row in facts[page.key].disputed:
            place = f"{operation.id} {pointers.name(row.pointer)}"
            sources = tuple(dict.fromkeys(Source(page.key, one.line) for one in row.said))
            found = Finding("contradiction", spec.provider, place, row.brief, sources)
            reason = known.get((row.location, row.pointer), {}).get(row.keyword.partition("/")[0])
            if reason is not None:
                yield replace(found, kind="decided", message=f"{row.brief}; decided: {reason}")
            elif not any(_same(one, found) for one in decided):
                yield found
