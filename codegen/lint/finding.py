"""What lint finds, and the kinds of findings, each with its severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegen.drift.change import Severity
from specs.checks import Source

KINDS: Mapping[str, tuple[Severity, str]] = {
    "spec-unusable": ("ERR", "the spec cannot be loaded: a rule or task names what is not there, for example"),
    "contradiction": ("ERR", "two statements exclude each other"),
    "field-unusable": ("ERR", "a parameter is in no request that keeps all rules"),
    "default-refused": ("ERR", "a default is outside of its own limits"),
    "unknown-field": ("ERR", "a rule names a field that the operation does not have"),
    "status-unknown": ("WARN", "a documented status of a task is told no state"),
    "rules-unexamined": ("WARN", "nothing can be proved of the rules, since no request can be complete"),
    "rule-silent": ("WARN", "a rule's condition never holds"),
    "rule-redundant": ("WARN", "a rule follows from the others"),
    "rule-unsourced": ("WARN", "a rule has neither a page and line nor a reason"),
    "field-unsourced": ("WARN", "a parameter has neither a page and line nor a reason"),
    "example-refused": ("WARN", "the contract refuses its own example"),
    "types-differ": ("WARN", "members that say the same of different things have different types"),
    "decided": ("INFO", "the sources contradict each other; the overlay decides"),
    "inferred": ("INFO", "no page of the provider says this; the overlay gives the reason"),
    "providers-differ": ("INFO", "providers of one model document a parameter differently"),
    "incomplete": ("WARN", "something is missing that clients, mocks and tests need"),
    "overlay-stale": ("WARN", "an overlay action does not fit the pages any more"),
    "unread": ("INFO", "a sentence that looks like a constraint was not understood"),
}  # fmt: skip
"""Kind → severity and what it means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `sources` are the places that it is about."""

    kind: str
    provider: str
    place: str
    message: str
    sources: tuple[Source, ...] = ()

    @property
    def severity(self) -> Severity:
        """ERR, WARN or INFO, by the kind."""
        return KINDS[self.kind][0]

    def as_json(self) -> dict[str, Any]:
        """Return the finding for a report."""
        return {
            "severity": self.severity, "kind": self.kind, "provider": self.provider, "place": self.place,
            "message": self.message, "sources": [str(source) for source in self.sources],
        }  # fmt: skip
