"""The seeded faults: ways in which servers of this kind are wrong, each named, each one line of behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from contract.cases import Call
from contract.exchange import Answer
from contract.faults import Fault, Headers, Hook, equivalent, mutants
from contract.hooks import failing, polled
from contract.oversights import overlooked
from contract.runner import Send
from contract.wrong_answers import wrong_answers
from contract.wrong_values import wrong_values
from specs.model import Contract, Operation


def seeded(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults that make sense for a provider: rules and bounds first, then protocol, values and answers."""
    found = [
        *_rules_and_bounds(contract), *_protocol(contract), *wrong_values(contract), *wrong_answers(contract),
        *overlooked(contract),
    ]  # fmt: skip
    return tuple({fault.name: fault for fault in found}.values())


# --- rules and bounds ---------------------------------------------------------------------------------

_TELLING = (
    "removed",
    "one looser",
    "one stricter",
    "another default",
    "unchecked",
    "<=",
    "unknown members",
    "not required",
)


def _rules_and_bounds(contract: Contract) -> Iterator[Fault]:
    """Yield, of the mechanical mutants of the first and last submit, those that name a mistake people make."""
    chosen = {contract.submits[0].id, contract.submits[-1].id}
    for fault in mutants(contract):
        operation_id = fault.name.partition("/")[0]
        if operation_id in chosen and any(word in fault.name for word in _TELLING) and "prompt/type" not in fault.name:
            if _is_moot(contract.operation(operation_id), fault.name):
                continue
            yield fault


def _is_moot(operation: Operation, name: str) -> bool:
    """Tell whether nobody could see the change."""
    return equivalent(operation, name) is not None


# --- protocol -----------------------------------------------------------------------------------------


def _protocol(contract: Contract) -> Iterator[Fault]:
    header = contract.authentication.header
    signed = {header: contract.authentication.prefix + "somebody"}

    def trusting(send: Send, call: Call, headers: Headers) -> Answer:
        return send(call, {**signed, **headers})

    def believing(send: Send, call: Call, headers: Headers) -> Answer:
        return send(call, {**headers, **signed} if header in headers else headers)

    def nothing(send: Send, call: Call, headers: Headers) -> Answer:
        empty = headers.get(header, "-").strip() == contract.authentication.prefix.strip()
        return send(call, {**headers, **signed} if empty else headers)

    def any_method(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return answer if answer.status != contract_status(contract, "method_not_allowed") else Answer(200, b"{}")

    def choking(call: Call) -> bool:
        return call.method == "POST" and call.json is None and call.content != b"null"

    yield Fault("auth unchecked", "a request without a key is served", hook=trusting)
    yield Fault("any key will do", "a wrong key is served", hook=believing)
    yield Fault("an empty key will do", "a request with an empty key is served", hook=nothing)
    for name, says, to_all in (
        ("a task is public", "a started task is told of without a key", trusting),
        ("a task is for any key", "a started task is told of with a wrong key", believing),
    ):
        yield Fault(name, says, hook=_of_started(to_all))
    yield Fault("any method will do", "another method is answered 200", hook=any_method)
    yield Fault("broken JSON breaks it", "a body that is no JSON is answered 500", hook=failing(choking))
    yield Fault("missing key is 500", "no key is answered 500", hook=_unsigned_status(header, 500))
    yield Fault(
        "missing key is 418", "no key is answered with an undocumented status", hook=_unsigned_status(header, 418)
    )


def _of_started(hook: Hook) -> Hook:
    """Do so with requests for tasks that there are."""

    def only(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        if call.method != "GET":
            return answer
        told = hook(send, call, headers)
        return told if polled(call, told) else answer

    return only


def contract_status(contract: Contract, meaning: Any) -> int:
    """Return the status of a meaning; 405 where none is documented."""
    known = contract.errors.for_meaning(meaning)
    return known.status if known is not None else 405


def _unsigned_status(header: str, status: int) -> Hook:
    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return answer if header in headers else replace(answer, status=status)

    return hook
