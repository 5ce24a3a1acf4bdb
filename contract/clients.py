"""Generated clients against the suite: what must be refused is refused before anything is sent."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from contract.cases import Case
from contract.exchange import Deviation
from contract.judge import Finding


def check_client(client: Any, refusal: type[Exception], cases: Iterable[Case]) -> Iterator[Finding]:
    """Yield a finding for each case that a generated client judges otherwise; nothing is sent.

    `refusal` is the package's InvalidRequest. Bodies that a client cannot be given are left out: what is no object, and
    nulls, which Python's None leaves out.
    """
    for case in cases:
        body = case.call.json
        if case.operation.task is None or case.signed != "key" or not isinstance(body, dict) or _nulls(body):
            continue
        if _completed(case, body):
            continue
        found = _refused(client, refusal, case.operation.id, body)
        if case.expects.accepted and found:
            yield Finding(case, None, Deviation("refused", f"the client refuses it by {' and '.join(sorted(found))}"))
        elif case.expects.rules and not found:
            named = " and ".join(sorted(case.expects.rules))
            yield Finding(
                case, None, Deviation("accepted", f"the client would send it; it breaks {named}", source=case.source)
            )
        elif found and not found <= case.expects.rules:
            named = " and ".join(sorted(case.expects.rules))
            yield Finding(
                case, None, Deviation("rules", f"the client refuses it by {' and '.join(sorted(found))}, not {named}")
            )


def _refused(client: Any, refusal: type[Exception], operation: str, body: dict[str, Any]) -> frozenset[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(client, operation).request(**body)
        except refusal as refused:
            violations: Any = getattr(refused, "violations", ())
            return frozenset(violation.rule for violation in violations)
    return frozenset()


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
