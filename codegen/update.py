"""One provider brought up to date: what its pages say now, what that changes in spec, lock, client and changelog.

Nothing is written here: a plan holds the changes of all files, for `files.write` to carry out together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import specs
from codegen import files, lock, origin, signing
from codegen import sync as syncing
from codegen.assemble import chosen
from codegen.drift import release
from codegen.drift.compare import compare
from codegen.drift.report import Drift
from codegen.facts import Facts
from codegen.files import Change
from codegen.lint import decisions
from codegen.lint.finding import Finding
from codegen.lint.overrides import Override, overrides
from codegen.pagelist import PageList
from codegen.sources import Copy
from specs import Contract, english, yaml12
from specs.errors import PageError, SpecError

Client = Callable[[str, Path, Mapping[str, Any]], Iterable[Change]]
"""Provider, spec's path and document → the changes of its client's files."""
LOSS = 2
"""A page that documents less than one part in so many of what it did is broken, not changed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync of one provider would write, and what there is to tell about it."""

    provider: str
    changes: tuple[Change, ...]
    drift: Drift


def now() -> str:
    """Return the time as pages.lock has it; SOURCE_DATE_EPOCH, seconds since 1970, stands for it where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def plan(
    folder: Path,
    listed: PageList,
    copies: Mapping[str, Copy],
    client: Client | None = None,
    changelog: Path | None = None,
    clock: Callable[[], str] = now,
) -> Plan:
    """Return what has to change for the provider in `folder`, whose pages are `copies` now.

    `client` renders the client of a spec, `changelog` is the file that tells its users what changed.
    Raises PageError or SpecError where a page lost what it documented or does not fit its overlay any more.
    """
    known = lock.load(folder / "pages.lock")
    facts = syncing.read(folder, listed, copies)
    entries = _entries(listed, copies, facts, known, clock)
    made = syncing.decide(folder, listed, facts)
    before = made.path.read_text(encoding="utf-8") if made.path.exists() else ""
    steps = decisions.steps(syncing.documented(listed, facts), listed)
    overridden = overrides(steps)
    locked = origin.lock(folder, listed, entries, made.text, (one.checksum for one in overridden), known)
    document = yaml12.loads(made.text)
    drift = _drift(made.path, document, listed)
    reason = origin.cause(known, locked, before, same=not drift.changes)
    put_back: tuple[str, ...] = ()
    if reason.only_by_hand:  # no doing of the docs: nothing for the changelog
        put_back, drift = tuple(f"is put back: {change.message}" for change in drift.changes), Drift(drift.version, ())
    found = list(files.changes({made.path: made.text, folder / "pages.lock": locked.text()}))
    if client is not None:
        found += client(listed.provider, made.path, document)
    if changelog is not None and drift.changes:
        old = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
        found += files.changes({changelog: release.changelog(old, drift.version, drift.changes)})
    notes = (
        *put_back, *_elsewhere(listed, known, locked), *_around(listed, known, locked),
        *_unread(known, locked, made.facts), *map(_told, decisions.stale(steps, listed.provider)),
        *_overridden(known, locked, overridden),
    )  # fmt: skip
    return Plan(listed.provider, tuple(found), replace(drift, cause=reason.text, notes=notes))


def _entries(
    listed: PageList, copies: Mapping[str, Copy], facts: Mapping[str, Facts], known: lock.Lock, clock: Callable[[], str]
) -> dict[str, lock.Entry]:
    entries: dict[str, lock.Entry] = {}
    names = {f"{page.method} {page.path}" for page in listed.pages}
    for page in listed.pages:
        copy, old = copies[page.key], known.pages.get(page.key)
        operations = facts[page.key].operations
        operation = chosen(page, operations)
        found = {f"{one.method} {one.path}" for one in operations if one.path is not None}
        again = copy.sha256 in {entry.sha256 for entry in entries.values()}  # a page of several that are listed
        entry = lock.Entry(
            copy.address, copy.sha256, "", len(operation.fields), lock.ending(copy.data), lock.unread(facts[page.key]),
            operation.server or "", signing.told(copy.data.decode("utf-8", errors="replace"), operations),
            () if again else tuple(sorted(found - names)),
        )  # fmt: skip
        if old is not None:
            _refuse_loss(copy.place, old, entry)
        same = old is not None and old.sha256 == copy.sha256
        entries[page.key] = replace(entry, changed=old.changed if old is not None and same else clock())
    return entries


def _refuse_loss(place: str, old: lock.Entry, new: lock.Entry) -> None:
    """Refuse a page that lost most of what it documented, or something of it and its end."""
    most, end = new.parameters * LOSS < old.parameters, bool(old.ending) and old.ending != new.ending
    if most or (end and new.parameters < old.parameters):
        raise PageError(
            place, f"documents {new.parameters} parameters and members, {old.parameters} before"
            f"{'' if most else ', and ends otherwise than it did'}: it is cut off or another page",
            "look at it; when it is right, delete its entry in pages.lock",
        )  # fmt: skip


def _elsewhere(listed: PageList, old: lock.Lock, new: lock.Lock) -> Iterable[str]:
    """Tell which pages answered at another address than last time."""
    for page in listed.pages:
        address = new.pages[page.key].address
        before = old.pages[page.key].address if page.key in old.pages else page.address
        if address != before and address != page.address:
            yield f"{page.key}: is found at {address}, not at {page.address}: write that address into pages.toml"
        elif address != before:
            yield f"{page.key}: is found at {address}, as pages.toml has it; it was at {before}"


def _around(listed: PageList, old: lock.Lock, new: lock.Lock) -> Iterable[str]:
    """Tell what pages say by now around their operations: base addresses, ways to sign, more operations."""
    if old.overrides is None:
        return  # a lock of before that was kept
    for key, entry in new.pages.items():
        before = old.pages.get(key, entry)
        if entry.server != before.server and entry.server not in listed.servers:
            now, was = (f"`{one.server}`" if one.server else "none" for one in (entry, before))
            yield f"{key}: the base address is {now}, was {was}; look at `servers` in pages.toml"
        if entry.signing != before.signing:
            now, was = (english.listing(one.signing) or "nothing" for one in (entry, before))
            yield f"{key}: requests are signed by {now}, were by {was}; look at `securitySchemes`"
        for other in sorted({*entry.others} - {*before.others}):
            yield f"{key}: documents `{other}`, too: list it in pages.toml where it is wanted"


def _drift(path: Path, document: Mapping[str, Any], listed: PageList) -> Drift:
    """Return what changed since the committed spec; a spec that is new or unusable has nothing to compare with."""
    new = specs.contract(document, str(path), listed.provider)
    try:
        old: Contract = specs.load(path)
    except SpecError:
        return Drift(new.version, ())
    return Drift(old.version, compare(old, new), file=path.as_posix())


def _unread(old: lock.Lock, new: lock.Lock, facts: Mapping[str, Facts]) -> Iterable[str]:
    """Tell which doubts came or went: what was not understood, or differs; a new page tells all of them."""
    for key, entry in new.pages.items():
        before = _lines(old.pages[key].unread) if key in old.pages else {}
        for row, checksum in zip(facts[key].doubts, _checksums(entry.unread), strict=True):
            if checksum not in before:
                yield f"{key}:{row.line}: {row.told}"
        gone = set(before) - set(_checksums(entry.unread))
        for line in sorted(before[checksum] for checksum in gone):
            said = "what was not understood here, or said in different ways, is gone, clear, or of no operation now"
            yield f"{key}:{line}: {said}"


def _overridden(old: lock.Lock, new: lock.Lock, found: Iterable[Override]) -> Iterable[str]:
    """Tell what pages say by now and an overlay says otherwise, where it is not the overlay that changed."""
    if old.overrides is not None and old.decisions == new.decisions:
        yield from dict.fromkeys(str(one) for one in found if one.checksum not in old.overrides)


def _lines(rows: Iterable[str]) -> dict[str, int]:
    return {row.partition(":")[2]: int(row.partition(":")[0]) for row in rows}


def _checksums(rows: Iterable[str]) -> list[str]:
    return [row.partition(":")[2] for row in rows]


def _told(finding: Finding) -> str:
    return f"{finding.sources[0]}: {finding.place}: {finding.message}"
