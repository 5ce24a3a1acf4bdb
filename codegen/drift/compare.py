"""Two contracts into the list of their changes; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from codegen.drift import wording
from codegen.drift.change import SEVERITIES, Change
from codegen.drift.envelope import Envelope, compare_envelopes
from codegen.drift.fields import compare_fields
from codegen.drift.messages import compare_errors, compare_webhooks, members
from codegen.drift.rules import compare_rules
from codegen.drift.tasks import compare_places, compare_tasks
from specs.model import Contract, ErrorCode, Field, Operation


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return what changed from one state of a provider's contract to another, the worst first."""
    found = [*_servers(old, new), *_authentication(old, new), *_errors(old, new), *compare_webhooks(old, new)]
    for one, other in _pairs(old, new):
        if one is None or other is None:
            found += [_whole("operation-removed", one, "is gone")] if one else []
            found += [_whole("operation-added", other, "is new")] if other else []
        else:
            found += compare_operations(one, other)
            found += [replace(change, operations=(other.id,))
                      for change in compare_envelopes(Envelope(old, one), Envelope(new, other))]  # fmt: skip
    return ordered(found)


def _pairs(old: Contract, new: Contract) -> Iterator[tuple[Operation | None, Operation | None]]:
    """Yield the operations that are one in both states, by id, else by method and path; then those gone or new."""
    ids, routes = ({key(operation): operation for operation in new.operations} for key in (_id, _route))
    kept = {operation.id for operation in old.operations}
    taken: set[str] = set()
    for one in old.operations:
        other = ids.get(one.id)
        if other is None and (moved := routes.get(_route(one))) is not None and moved.id not in kept:
            other = moved
        taken |= {other.id} if other else set()
        yield one, other
    yield from ((None, other) for other in new.operations if other.id not in taken)


def _id(operation: Operation) -> object:
    return operation.id


def _route(operation: Operation) -> object:
    return operation.method, operation.path


def compare_operations(old: Operation, new: Operation) -> tuple[Change, ...]:
    """Return what changed about one operation, or how two operations of one kind differ."""
    found = []
    if _route(old) != _route(new) and old.id == new.id:
        said = f"{_named(new)} was {_named(old)}"
        found.append(Change("operation-moved", new.path, said, old=old.path, new=new.path))
    if _route(old) == _route(new) and old.id != new.id:
        said = f"{_named(new)} is {wording.code(new.id)}, was {wording.code(old.id)}"
        found.append(Change("operation-renamed", new.path, said, old=old.id, new=new.id))
    requests = [[field for field in one.fields if field.location != "response"] for one in (old, new)]
    found += compare_fields([*_body(old), *requests[0]], [*_body(new), *requests[1]], "request")
    found += compare_fields(members(_answer(old)), members(_answer(new)), "response")
    statuses = [min((status for status in one.responses if 200 <= status < 300), default=0) for one in (old, new)]
    if statuses[0] != statuses[1]:
        said = f"success answers {statuses[1]}, was {statuses[0]}"
        found.append(Change("response-status-changed", "", said, location="response", old=statuses[0], new=statuses[1]))
    found += [*compare_errors(old, new), *compare_rules(old, new), *compare_tasks(old.task, new.task)]
    return tuple(replace(change, operations=(new.id,)) for change in found)


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes with the worst first; one that happened to several operations stands once."""
    merged: dict[tuple[str, ...], Change] = {}
    for change in changes:
        key = (change.kind, change.location, change.pointer, change.message, repr(change.old), repr(change.new))
        if key in merged:
            together = dict.fromkeys((*merged[key].operations, *change.operations))
            merged[key] = replace(merged[key], operations=tuple(together))
        else:
            merged[key] = change
    return tuple(sorted(merged.values(), key=lambda change: SEVERITIES.index(change.severity)))


def _whole(kind: str, operation: Operation, said: str) -> Change:
    return Change(kind, operation.path, f"{_named(operation)} {said}", (operation.id,), new_source=operation.source)


def _named(operation: Operation) -> str:
    return wording.code(f"{operation.method} {operation.path}")


def _body(operation: Operation) -> Iterator[Field]:
    """The body itself as a field, for what is said of it as a whole."""
    if operation.request is not None:
        yield Field("body", "", {**operation.request, "items": None}, required=True)


def _answer(operation: Operation) -> Mapping[str, Any]:
    status = min((status for status in operation.responses if 200 <= status < 300), default=None)
    return {} if status is None else operation.responses[status].schema


def _servers(old: Contract, new: Contract) -> Iterator[Change]:
    for server in old.servers:
        if server not in new.servers:
            yield Change("server-removed", server, f"the base address {wording.code(server)} is gone", old=server)
    for server in new.servers:
        if server not in old.servers:
            yield Change("server-added", server, f"the base address {wording.code(server)} is new", new=server)
    both = set(old.servers) & set(new.servers)
    kept = [[server for server in one.servers if server in both] for one in (old, new)]
    if kept[0] != kept[1]:
        said = f"the base address {wording.code(kept[1][0])} comes first, was {wording.code(kept[0][0])}"
        yield Change("server-default-changed", kept[1][0], said, old=kept[0][0], new=kept[1][0])


def _authentication(old: Contract, new: Contract) -> Iterator[Change]:
    if old.authentication != new.authentication:
        one, other = (f"{a.header}: {a.prefix}KEY" for a in (old.authentication, new.authentication))
        said = f"requests are signed by {wording.code(other)}, were by {wording.code(one)}"
        yield Change("authentication-changed", "", said, old=one, new=other)


def _errors(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = ({code.code: code for code in contract.errors.codes} for contract in (old, new))
    for name, code in before.items():
        if name not in after:
            yield _error("error-removed", code, "is gone", code, None)
        elif after[name] != code:
            other = after[name]
            said = f"is {other.status} ({other.meaning}), was {code.status} ({code.meaning})"
            yield _error("error-changed", code, said, code, other)
    for name, code in after.items():
        if name not in before:
            yield _error("error-added", code, f"is new: {code.status} ({code.meaning})", None, code)
    yield from compare_places("error-place-changed", "error-place-changed", "the error's", old.errors.pointers,
                       new.errors.pointers)  # fmt: skip


def _error(kind: str, code: ErrorCode, said: str, old: ErrorCode | None, new: ErrorCode | None) -> Change:
    one, other = (None if found is None else found.status for found in (old, new))
    return Change(
        kind, str(code.code), f"the error {wording.code(str(code.code))} {said}", location="error", old=one, new=other
    )
