"""Two contracts into the list of their changes; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from codegen.drift.change import SEVERITIES, Change
from codegen.drift.fields import compare_fields
from codegen.drift.messages import compare_errors, compare_webhooks
from codegen.drift.rules import compare_rules
from specs.model import Contract, ErrorCode, Field, Operation, Task

Statuses = Mapping[str, str]


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return what changed from one state of a provider's contract to another, the worst first."""
    before, after = ({operation.id: operation for operation in contract.operations} for contract in (old, new))
    found = [*_servers(old, new), *_authentication(old, new), *_errors(old, new), *compare_webhooks(old, new)]
    for name, operation in before.items():
        if name in after:
            found += compare_operations(operation, after[name])
        else:
            found.append(_whole("operation-removed", operation, "is gone"))
    found += [_whole("operation-added", operation, "is new") for name, operation in after.items() if name not in before]
    return ordered(found)


def compare_operations(old: Operation, new: Operation) -> tuple[Change, ...]:
    """Return what changed about one operation, or how two operations of one kind differ."""
    found = []
    if (old.method, old.path) != (new.method, new.path) and old.id == new.id:
        said = f"`{new.method} {new.path}` was `{old.method} {old.path}`"
        found.append(Change("operation-moved", new.path, said, old=old.path, new=new.path))
    requests = [[field for field in one.fields if field.location != "response"] for one in (old, new)]
    found += compare_fields([*_body(old), *requests[0]], [*_body(new), *requests[1]], "request")
    found += compare_fields(_answer(old), _answer(new), "response")
    statuses = [min((status for status in one.responses if 200 <= status < 300), default=0) for one in (old, new)]
    if statuses[0] != statuses[1]:
        said = f"success answers {statuses[1]}, was {statuses[0]}"
        found.append(Change("response-status-changed", "", said, location="response", old=statuses[0], new=statuses[1]))
    found += [*compare_errors(old, new), *compare_rules(old, new), *_tasks(old.task, new.task)]
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
    message = f"`{operation.method} {operation.path}` {said}"
    return Change(kind, operation.path, message, (operation.id,), new_source=operation.source)


def _body(operation: Operation) -> Iterator[Field]:
    """The body itself as a field, for what is said of it as a whole."""
    if operation.request is not None:
        yield Field("body", "", {**operation.request, "items": None}, required=True)


def _answer(operation: Operation) -> list[Field]:
    status = min((status for status in operation.responses if 200 <= status < 300), default=None)
    whole = {} if status is None else {**operation.responses[status].schema, "items": None}
    return [Field("response", "", whole, required=True), *operation.at("response")]


def _servers(old: Contract, new: Contract) -> Iterator[Change]:
    for server in old.servers:
        if server not in new.servers:
            yield Change("server-removed", server, f"the base address {server} is gone", old=server)
    for server in new.servers:
        if server not in old.servers:
            yield Change("server-added", server, f"the base address {server} is new", new=server)
    both = set(old.servers) & set(new.servers)
    kept = [[server for server in one.servers if server in both] for one in (old, new)]
    if kept[0] != kept[1]:
        said = f"the base address {kept[1][0]} comes first, was {kept[0][0]}"
        yield Change("server-default-changed", kept[1][0], said, old=kept[0][0], new=kept[1][0])


def _authentication(old: Contract, new: Contract) -> Iterator[Change]:
    if old.authentication != new.authentication:
        one, other = (f"{a.header}: {a.prefix}KEY" for a in (old.authentication, new.authentication))
        yield Change("authentication-changed", "", f"requests are signed by `{other}`, were by `{one}`",
                     old=one, new=other)  # fmt: skip


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
    yield from _places("error-place-changed", "error-place-changed", "the error's", old.errors.pointers,
                       new.errors.pointers)  # fmt: skip


def _error(kind: str, code: ErrorCode, said: str, old: ErrorCode | None, new: ErrorCode | None) -> Change:
    one, other = (None if found is None else found.status for found in (old, new))
    return Change(kind, str(code.code), f"the error {code.code} {said}", location="error", old=one, new=other)


def _places(changed: str, added: str, whose: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Yield the quantities whose pointers changed; one that is gone has changed, for programs read it."""
    for name in old:
        if old[name] != new.get(name):
            said = (
                f"stands at {new[name]}, was at {old[name]}" if name in new else f"is not told any more ({old[name]})"
            )
            yield Change(changed, name, f"{whose} {name} {said}", old=old[name], new=new.get(name))
    for name in new:
        if name not in old:
            yield Change(added, name, f"{whose} {name} stands at {new[name]}, was not told", new=new[name])


def _tasks(old: Task | None, new: Task | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            kind, said = (
                ("task-added", "starts a task now") if old is None else ("task-removed", "starts no task any more")
            )
            yield Change(kind, "", f"the operation {said}")
        return
    if (old.poll, old.parameter) != (new.poll, new.parameter):
        said = f"a task is polled by {new.poll}({new.parameter}), was by {old.poll}({old.parameter})"
        yield Change("task-poll-changed", "", said, old=old.poll, new=new.poll)
    yield from _places("task-place-changed", "task-place-added", "the submitted task's", old.submitted, new.submitted)
    yield from _places("task-place-changed", "task-place-added", "the task's", old.polled, new.polled)
    yield from _statuses(_words(old), _words(new))
    for name in sorted(set(old.variants) & set(new.variants)):
        whose = f"the task's (in the {name} answers)"
        yield from _places("task-place-changed", "task-place-added", whose, old.variants[name].polled,
                           new.variants[name].polled)  # fmt: skip
    if old.statuses != new.statuses and _words(old) == _words(new):
        said = f"the words {', '.join(new.statuses)} are the usual ones, were {', '.join(old.statuses)}"
        yield Change("task-status-added", "", said, old=list(old.statuses), new=list(new.statuses))
    if (old.video, old.heights) != (new.video, new.heights):
        yield Change("task-video-changed", "", "the video's parameters or sizes are others",
                     old=[dict(old.video), dict(old.heights)], new=[dict(new.video), dict(new.heights)])  # fmt: skip
    times = [(task.expected_base, task.expected_per_second, task.result_ttl) for task in (old, new)]
    if times[0] != times[1]:
        said = f"expected seconds, seconds per second of video and lifetime are {times[1]}, were {times[0]}"
        yield Change("task-time-changed", "", said, old=list(times[0]), new=list(times[1]))


def _words(task: Task) -> Statuses:
    """Return every status word of any variant with what it means."""
    found: dict[str, str] = dict(task.statuses)
    for variant in task.variants.values():
        found = {**variant.statuses, **found}
    return found


def _statuses(old: Statuses, new: Statuses) -> Iterator[Change]:
    for word, state in old.items():
        if word not in new:
            yield _status("task-status-removed", word, f"is gone ({state})", state, None)
        elif new[word] != state:
            yield _status("task-status-changed", word, f"means {new[word]}, meant {state}", state, new[word])
    for word, state in new.items():
        if word not in old:
            yield _status("task-status-added", word, f"is new: {state}", None, state)


def _status(kind: str, word: str, said: str, old: Any, new: Any) -> Change:
    return Change(kind, word, f"the status {word} {said}", location="response", old=old, new=new)
