"""Generated clients against the suite: what must be refused is refused before anything is sent."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from contract.cases import Case
from contract.exchange import Deviation
from contract.judge import Finding, named

Rules = frozenset[str]


def check_client(client: Any, refusal: type[Exception], cases: Iterable[Case]) -> Iterator[Finding]:
    """Yield a finding for each case that a generated client judges otherwise; nothing is sent.

    `refusal` is the package's InvalidRequest. The client has to refuse by just the rules that are broken, and to warn
    by just those that warn. Bodies that a client cannot be given are left out: what is no object, and nulls, which
    Python's None leaves out.
    """
    for case in cases:
        body = case.call.json
        if case.operation.task is None or case.signed != "key" or not isinstance(body, dict) or _nulls(body):
            continue
        if _completed(case, body):
            continue
        refused, warned = _judged(client, refusal, case.operation.id, body)
        if wrong := _wrong(case, refused, warned):
            yield Finding(case, None, wrong)


def _wrong(case: Case, refused: Rules, warned: Rules) -> Deviation | None:
    """Return what is wrong with what the client refuses and warns of; None where nothing is."""
    meant = named(case.expects.rules)
    if case.expects.accepted and refused:
        return Deviation("refused", f"the client refuses it by {named(refused)}")
    if case.expects.accepted and warned != case.expects.warned:
        return Deviation("warnings", f"the client warns by {named(warned)}; it is odd by {named(case.expects.warned)}")
    if case.expects.rules and not refused:
        return Deviation("accepted", f"the client would send it; it breaks {meant}", source=case.source)
    if refused != case.expects.rules:
        return Deviation("rules", f"the client refuses it by {named(refused)}; it breaks {meant}", source=case.source)
    return None


def _judged(client: Any, refusal: type[Exception], operation: str, body: dict[str, Any]) -> tuple[Rules, Rules]:
    """Return the rules by which the client refuses, and those by which it warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            request = getattr(client, operation).request(**body)
        except refusal as refused:
            violations: Any = getattr(refused, "violations", ())
            return frozenset(violation.rule for violation in violations), frozenset()
    return frozenset(), frozenset(violation.rule for violation in request.warnings)


def _nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_nulls(member) for member in value.values())
    return any(map(_nulls, value)) if isinstance(value, list) else value is None


def _completed(case: Case, body: dict[str, Any]) -> bool:
    """Tell whether the client mends the body: it sets a total that is left out to the sum of the shots."""
    totals = {
        rule.total.removeprefix("/") for rule in case.operation.rules if rule.total and rule.id in case.expects.rules
    }
    return bool(totals) and not totals & set(body)
