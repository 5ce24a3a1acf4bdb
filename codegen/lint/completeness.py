"""What a contract lacks that clients, mocks and tests need: what `reelspec add` lists as missing, until it is there."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lint.finding import Finding
from specs.model import Contract


def check(contract: Contract) -> Iterator[Finding]:
    """Yield what is missing."""

    def missing(place: str, said: str) -> Finding:
        return Finding("incomplete", contract.provider, place, said)

    if not contract.errors.codes:
        yield missing("errors", "no error codes are told; fill in x-errors in the overlay")
    if not any(operation.method == "GET" for operation in contract.operations):
        yield missing("result operation", "no page documents a GET that tells a task's state; add its page")
    for operation in contract.operations:
        if operation.method == "POST" and operation.task is None:
            yield missing(operation.id, "it starts no task; write its x-task in the overlay")
