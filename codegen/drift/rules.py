"""Rules of two states of an operation, compared by what they refuse, not by how they are written.

Every rule is run on the bodies that tell it apart from the others, all under the new defaults (a default that changed
is a change of its own). Rules that break the same bodies are the same in other words. A body counts as newly refused
when the old contract, fields and rules, accepted it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

from codegen.drift import wording
from codegen.drift.bodies import Bodies
from codegen.drift.change import Change
from specs import english, pointers
from specs.checks import Source
from specs.model import Operation
from specs.rules.formula import Known, Lookup, formula
from specs.rules.model import Rule
from specs.worlds import connected

_ANY = Source()
REFUSED, ACCEPTED, WARNED, UNWARNED = (
    "newly refused", "newly accepted", "newly warned about", "newly without a warning",
)  # fmt: skip
"""What an example is an example of; the first and the third are about the old state's requests."""


def compare_rules(old: Operation, new: Operation) -> Iterator[Change]:
    """Yield what changed about the rules of the operation's request."""
    before, after = {f.pointer for f in old.at("body")}, {f.pointer for f in new.at("body")}

    def lookup(pointer: str) -> Known:
        return new.lookup(pointer) if pointer in after else old.lookup(pointer)

    found = [_Group(old, new, one, other, lookup, frozenset(before & after))
             for one, other in groups(old.rules, new.rules)]  # fmt: skip
    for group in found:
        if group.differs:
            for change in group.changes():
                yield _completed(change, [other for other in found if other is not group], (old, new))


def _completed(change: Change, others: Sequence[_Group], states: tuple[Operation, Operation]) -> Change:
    """Give the example what the rules of other fields ask for, in the order of the documentation."""
    if change.example is None:
        return change
    side = 0 if change.verdict in (REFUSED, WARNED) else 1
    whole: dict[str, Any] = dict(change.example)
    for group in others:
        whole = {**group.accepted(side), **whole}
    documented = (states[side].request or {}).get("properties", {})
    order = [*(name for name in documented if name in whole), *(name for name in whole if name not in documented)]
    return replace(change, example={name: whole[name] for name in order})


def groups(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Yield the rules in groups that have no field in common; those of the old state and those of the new."""
    rules = [*old, *new]
    for numbers in connected({pointers.split(pointer)[0] for pointer in rule.mentioned()} for rule in rules):
        yield ([rules[n] for n in numbers if n < len(old)], [rules[n] for n in numbers if n >= len(old)])


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule and the bodies that break it: all, and those that name only fields which both states have."""

    rule: Rule
    broken: int
    common: int


class _Group:
    """Rules that share fields, in two states."""

    def __init__(
        self,
        old: Operation,
        new: Operation,
        before: Sequence[Rule],
        after: Sequence[Rule],
        lookup: Lookup,
        common: frozenset[str],
    ) -> None:
        self.lookup, self.before, self.after = lookup, before, after
        self.bodies = Bodies([*before, *after], [old.request or {}, new.request or {}], common)

    @property
    def differs(self) -> bool:
        """Whether the rules are written otherwise; only then they can mean something else."""
        one, other = ([replace(rule, source=_ANY) for rule in rules] for rules in (self.before, self.after))
        return one != other

    @cached_property
    def weighed(self) -> tuple[list[_Weighed], list[_Weighed]]:
        """The rules of each state with the bodies that they break."""
        bits = [self.bodies.broken(rule, formula(rule, self.lookup)) for rule in (*self.before, *self.after)]
        weighed = [_Weighed(rule, one, one & self.bodies.common)
                   for rule, one in zip((*self.before, *self.after), bits, strict=True)]  # fmt: skip
        return weighed[: len(self.before)], weighed[len(self.before) :]

    @cached_property
    def takes(self) -> tuple[int, int]:
        """The bodies that each state accepts."""
        old, new = (fits & ~_broken(weighed, "error")
                    for fits, weighed in zip(self.bodies.fits, self.weighed, strict=True))  # fmt: skip
        return old, new

    def accepted(self, side: int) -> dict[str, Any]:
        """Return the smallest body that a state accepts."""
        return self.bodies.smallest(self.takes[side], side) or {}

    def changes(self) -> Iterator[Change]:
        """Yield what changed, errors first."""
        before, after = self.weighed
        yield from self._statuses(before, after)
        yield from self._unseen(before, after)
        for severity in ("error", "warning"):
            old = [weighed for weighed in before if weighed.rule.severity == severity and weighed.common]
            new = [weighed for weighed in after if weighed.rule.severity == severity and weighed.broken]
            yield from self._side(old, new, "rule" if severity == "error" else "advice")

    def _statuses(self, before: Sequence[_Weighed], after: Sequence[_Weighed]) -> Iterator[Change]:
        """What was inferred may be stated by now."""
        for one in before:
            for other in after:
                same = one.broken == other.broken and one.rule.severity == other.rule.severity
                if same and one.rule.kind == other.rule.kind and one.rule.status != other.rule.status:
                    said = f"is {other.rule.status}, was {one.rule.status}"
                    yield self._change("rule-status-changed", other.rule, said, one.rule, other.rule)
                    break

    def _unseen(self, before: Sequence[_Weighed], after: Sequence[_Weighed]) -> Iterator[Change]:
        """Mentions whose pattern no body here could be made for are compared as they are written."""
        old, new = ([w.rule for w in weighed if w.rule.kind == "refers_to" and not w.broken]
                    for weighed in (before, after))  # fmt: skip
        for rule in old:
            if not any(_same_mention(rule, other) for other in new):
                yield self._change("rule-removed", rule, "is gone", rule, None)
        for rule in new:
            if not any(_same_mention(rule, other) for other in old):
                yield self._change("rule-added", rule, "is new", None, rule)

    def _side(self, old: list[_Weighed], new: list[_Weighed], word: str) -> Iterator[Change]:
        fits = self.bodies.fits  # what a field's own limits refuse in the other state is a change of the field
        was, now = self.takes
        if word == "advice":  # what an error refuses needs no warning
            was = now = was & now
            was, now = was & ~_broken(old, "warning"), now & ~_broken(new, "warning")
        twins, left_old, left_new = _matched(old, new)
        apart = self.bodies.fits[1] & ~self.bodies.common
        for one, other in twins:
            if word == "rule" and (one.broken ^ other.broken) & apart:
                yield self._change("rule-added-with-field", other.rule, "has a new part", one.rule, other.rule)
        for before, after in _pairs(left_old, left_new):
            refused = self.bodies.smallest(after.broken & was & fits[1], 0) if after else None
            accepted = self.bodies.smallest(before.common & now & fits[0], 1) if before else None
            if refused is not None or accepted is not None:
                yield self._weighed_change(word, before, after, refused, accepted)
            elif before is None and after is not None and word == "rule" and after.broken & apart:
                yield self._change("rule-added-with-field", after.rule, "is new", None, after.rule)

    def _weighed_change(
        self,
        word: str,
        one: _Weighed | None,
        other: _Weighed | None,
        refused: Mapping[str, Any] | None,
        accepted: Mapping[str, Any] | None,
    ) -> Change:
        rule = other.rule if other is not None else one.rule if one is not None else None
        assert rule is not None  # noqa: S101 (a pair has one rule at least)
        if one is None:
            kind, said = "added", "is new"
        elif other is None:
            kind, said = "removed", "is gone"
        elif word == "advice":
            kind, said = "changed", "speaks of other requests"
        elif refused is not None and accepted is not None:
            kind, said = "changed", "refuses other requests"
        else:
            kind, said = ("tightened", "refuses more") if refused is not None else ("loosened", "refuses less")
        verdicts = (WARNED, UNWARNED) if word == "advice" else (REFUSED, ACCEPTED)
        example, verdict = (refused, verdicts[0]) if refused is not None else (accepted, verdicts[1])
        return self._change(
            f"{word}-{kind}", rule, said, one.rule if one else None, other.rule if other else None,
            example=example, verdict=verdict,
        )  # fmt: skip

    def _change(
        self,
        kind: str,
        rule: Rule,
        said: str,
        old: Rule | None,
        new: Rule | None,
        example: Mapping[str, Any] | None = None,
        verdict: str | None = None,
    ) -> Change:
        one, other = (None if found is None else english.message(found, self.lookup) for found in (old, new))
        words = f"{said}: {other or one}"
        if one and other and one != other:
            words += f" Was: {one}"
        elif old and new and old.kind == "refers_to" and old.schema != new.schema:
            now, was = (wording.code(str((found.schema or {})["pattern"])) for found in (new, old))
            words += f" A mention matches {now}, was {was}."
        return Change(
            kind, rule.id, f"rule {wording.code(rule.id)} {words}", location="body", old=one, new=other,
            old_source=old.source if old else Source(), new_source=new.source if new else Source(),
            example=example, verdict=verdict, decision=new.decision if new else None,
        )  # fmt: skip


def _same_mention(one: Rule, other: Rule) -> bool:
    return (one.fields, one.schema) == (other.fields, other.schema)


def _broken(weighed: Iterable[_Weighed], severity: str) -> int:
    return reduce(int.__or__, (one.broken for one in weighed if one.rule.severity == severity), 0)


def _matched(
    old: list[_Weighed], new: list[_Weighed]
) -> tuple[list[tuple[_Weighed, _Weighed]], list[_Weighed], list[_Weighed]]:
    """Return the rules that break the same bodies in both states, and what is left of the old and the new."""
    twins, left, rest = [], list(old), []
    for other in new:
        same = [one for one in left if one.common == other.common]
        if not same:
            rest.append(other)
            continue
        twin = next((one for one in same if one.broken == other.broken), same[0])
        left.remove(twin)
        twins.append((twin, other))
    return twins, left, rest


def _pairs(old: list[_Weighed], new: list[_Weighed]) -> Iterator[tuple[_Weighed | None, _Weighed | None]]:
    """Yield rules that replace each other, by id, else by their fields; then those that are gone or new."""
    left = list(old)
    alone = []
    for other in new:
        twin = next((one for one in left if one.rule.id == other.rule.id), None)
        twin = twin or next((one for one in left if set(one.rule.fields) == set(other.rule.fields)), None)
        if twin is None:
            alone.append(other)
        else:
            left.remove(twin)
            yield twin, other
    yield from ((one, None) for one in left)
    yield from ((None, other) for other in alone)
