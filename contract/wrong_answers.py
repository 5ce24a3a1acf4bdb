"""Seeded faults of servers that answer otherwise than documented: words, ids, URLs, codes, statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contract.faults import Document, Fault, Hook
from contract.hooks import (
    ChangeBody,
    on_answer,
    on_body,
    polled,
    put,
    refused,
    submitted,
    unknown_task,
    with_body,
    with_status,
)
from specs import pointers
from specs.model import Contract


def wrong_answers(contract: Contract) -> Iterator[Fault]:
    """Yield the faults that make sense for a provider."""
    cycle = next(operation.task for operation in contract.submits if operation.task is not None)
    places, errors = cycle.polled, contract.errors.pointers
    code, identity = errors["code"], cycle.submitted["id"]

    def word(state: str, other: str) -> Callable[[Document], None]:
        def mutate(document: Document) -> None:
            for item in document["paths"].values():
                for operation in item.values():
                    if "x-task" in operation:
                        statuses = operation["x-task"]["statuses"]
                        renamed = {(other if s == state else w): s for w, s in statuses.items()}
                        operation["x-task"]["statuses"] = renamed

        return mutate

    yield Fault("another word for success", "a succeeded task is DONE", mutate=word("succeeded", "DONE"))
    yield Fault("another word for running", "a running task is IN_PROGRESS", mutate=word("running", "IN_PROGRESS"))
    yield Fault("stuck task", "a task never ends", mock_fault="stuck")
    yield Fault("every task fails", "a task ends as failed", mock_fault="fail")
    yield Fault("task vanishes", "a started task is unknown", mock_fault="vanish")
    yield Fault("submit is 201", "a submit is answered 201", hook=with_status(201, submitted))
    yield Fault(
        "submit without id", "the answer has no task id", hook=on_answer(lambda b: put(b, identity, None), submitted)
    )
    yield Fault(
        "id is a number", "the task id is a number", hook=on_answer(lambda b: put(b, identity, 12345), submitted)
    )
    yield Fault("submit answers text", "the answer is no JSON", hook=with_body(b"OK", submitted))
    yield Fault(
        "no video", "a succeeded task has no video", hook=on_answer(lambda b: put(b, places["video"], None), polled)
    )
    yield Fault(
        "video is a path",
        "the video's URL is relative",
        hook=on_answer(lambda b: put(b, places["video"], "/v.mp4"), polled),
    )
    yield Fault(
        "status is missing", "polls tell no status", hook=on_answer(lambda b: put(b, places["status"], None), polled)
    )
    yield Fault("status is a number", "the status is 2", hook=on_answer(lambda b: put(b, places["status"], 2), polled))
    yield Fault(
        "another task's state",
        "polls tell of another task",
        hook=on_answer(lambda b: put(b, places["id"], "another"), polled),
    )
    for quantity, value, says in (
        ("video_ttl", 3600, "the TTL is a number"), ("video_ttl", None, "the TTL is missing"),
        ("progress", 140, "progress beyond 100"), ("progress", "half", "progress in words"),
        ("created", 12, "the time of creation is a number"), ("video_type", "avi", "an undocumented type of video"),
    ):  # fmt: skip
        if quantity in places:
            at = places[quantity]
            yield Fault(says, says, hook=on_answer(lambda b, at=at, value=value: put(b, at, value), polled))  # type: ignore[misc]
    yield Fault(
        "error code changed",
        "refusals have an undocumented code",
        hook=on_answer(lambda b: put(b, code, "NOPE"), refused),
    )
    other = next(known.code for known in contract.errors.codes if known.meaning == "task_failed")
    yield Fault(
        "wrong error code",
        "refusals have the code of a failed task",
        hook=on_answer(lambda b: put(b, code, other), refused),
    )
    yield Fault("error without code", "refusals have no code", hook=on_answer(lambda b: put(b, code, None), refused))
    if "status" in errors:
        yield Fault(
            "status in body differs",
            "the body says 200",
            hook=on_answer(lambda b: put(b, errors["status"], 200), refused),
        )
    yield Fault("refused with 200", "refusals are answered 200", hook=with_status(200, refused))
    yield Fault("refused with 422", "refusals are answered 422", hook=with_status(422, refused))
    yield Fault("refused with 500", "refusals are answered 500", hook=with_status(500, refused))
    yield Fault("errors as HTML", "refusals are a page of HTML", hook=with_body(b"<html>Bad request</html>", refused))
    yield Fault("unknown task is 200", "an unknown task is answered 200", hook=with_status(200, unknown_task))
    yield Fault("unknown task is 500", "an unknown task is answered 500", hook=with_status(500, unknown_task))
    yield Fault("a valid combination refused", "a body with a negative prompt and a duration is refused", hook=_picky())
    yield Fault("minimal body refused", "optional fields are demanded", hook=on_body(_demanding(contract)))


def _picky() -> Hook:
    def change(body: Any) -> Any:
        both = isinstance(body, dict) and body.keys() >= {"negative_prompt", "duration"}
        return {**body, "mock": 1} if both else body

    return on_body(change)


def _demanding(contract: Contract) -> ChangeBody:
    optional = {
        pointers.name(found.pointer)
        for operation in contract.submits
        for found in operation.at("body")
        if not found.required and found.pointer.count("/") == 1
    }

    def change(body: Any) -> Any:
        if not isinstance(body, dict) or len(optional & set(body)) > 1:
            return body
        return {**body, "mock": 1}

    return change
