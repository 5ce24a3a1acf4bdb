"""The seeded faults: ways in which servers of this kind are wrong, each named, each one line of behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson

from contract.cases import Call
from contract.exchange import Answer
from contract.faults import Document, Fault, Headers, Hook, equivalent, mutants
from contract.oversights import ChangeBody, on_body, overlooked
from contract.runner import Send
from specs import pointers
from specs.model import Contract, Operation

ChangeAnswer = Callable[[Any], Any]


def seeded(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults that make sense for a provider: rules and bounds first, then protocol, values and answers."""
    found = [
        *_rules_and_bounds(contract), *_protocol(contract), *_values(contract), *_answers(contract),
        *overlooked(contract),
    ]  # fmt: skip
    return tuple({fault.name: fault for fault in found}.values())


# --- hooks --------------------------------------------------------------------------------------------


def on_answer(change: ChangeAnswer, when: Callable[[Call, Answer], bool]) -> Hook:
    """The server answers something else, where `when` says so."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        if not when(call, answer):
            return answer
        return replace(answer, body=orjson.dumps(change(answer.json)))

    return hook


def with_status(status: int, when: Callable[[Call, Answer], bool]) -> Hook:
    """The server answers with another status."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return replace(answer, status=status) if when(call, answer) else answer

    return hook


def failing(when: Callable[[Call], bool]) -> Hook:
    """The server breaks down over some requests."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        return Answer(500, b"Internal Server Error") if when(call) else send(call, headers)

    return hook


def _submitted(call: Call, answer: Answer) -> bool:
    return call.method == "POST" and answer.status < 300


def _polled(call: Call, answer: Answer) -> bool:
    return call.method == "GET" and answer.status < 300


def _refused(call: Call, answer: Answer) -> bool:
    return call.method == "POST" and 400 <= answer.status < 500 and call.json is not None


def _unknown_task(call: Call, answer: Answer) -> bool:
    return call.method == "GET" and answer.status == 404


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
        return told if _polled(call, told) else answer

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


# --- values -------------------------------------------------------------------------------------------


def _values(contract: Contract) -> Iterator[Fault]:
    limits = {
        pointers.name(f.pointer): f.schema["maxLength"]
        for operation in contract.submits
        for f in operation.at("body")
        if "maxLength" in f.schema and f.pointer.count("/") == 1
    }
    names = sorted(limits)

    def bytes_counted(body: Any) -> Any:
        """A text of too many bytes gets too many characters."""
        if not isinstance(body, dict):
            return body
        grown = {n: body[n] + "x" * 10_000 for n in names
                 if isinstance(body.get(n), str) and len(body[n].encode()) > limits[n] >= len(body[n])}  # fmt: skip
        return {**body, **grown}

    words = {
        str(value).lower(): value
        for operation in contract.submits
        for f in operation.at("body")
        for value in f.schema.get("enum", ())
        if isinstance(value, str)
    }
    yield Fault("500 on emoji", "a text beyond the basic plane breaks it", hook=failing(_has("🎬")))
    yield Fault("500 on quotes", "a quote in a text breaks it", hook=failing(_has('\\"quoted')))
    yield Fault(
        "500 on an array", "a body that is an array breaks it", hook=failing(lambda c: isinstance(c.json, list))
    )
    yield Fault("bytes for characters", "limits of texts count bytes", hook=on_body(bytes_counted))
    yield Fault("numbers from texts", "a number given as a text is taken", hook=on_body(_each(_from_text)))
    yield Fault(
        "halves cut off",
        "5.5 is taken for 5",
        hook=on_body(_each(lambda v: int(v) if isinstance(v, float) and v > 1 else v)),
    )
    yield Fault(
        "truth from numbers",
        "1 is taken for true",
        hook=on_body(_each(lambda v: True if v == 1 and not isinstance(v, bool) else v)),
    )
    yield Fault("nulls left out", "null is taken for absent everywhere", hook=on_body(_without_nulls))
    yield Fault(
        "texts cut to size",
        "a text that is too long is cut",
        hook=on_body(
            _each(lambda v: v[:512] if isinstance(v, str) and len(v) > 512 and set(v) <= set("aé海🎬 ") else v)
        ),
    )
    yield Fault(
        "negative is positive",
        "the sign of a number is lost",
        hook=on_body(_each(lambda v: abs(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v)),
    )
    if words:
        yield Fault(
            "case ignored",
            "listed words are taken in capitals",
            hook=on_body(_each(lambda v: words.get(v.lower().strip(), v) if isinstance(v, str) else v)),
        )
    shots = next((r.fields[0].split("/")[1] for o in contract.submits for r in o.rules if r.kind == "sum"), None)
    if shots is not None:
        yield Fault("last shot not counted", "the last shot is not read", hook=on_body(lambda b: _fewer(b, shots)))
        yield Fault(
            "two shots at most are read",
            "shots from the third on are not read",
            hook=on_body(lambda b: _fewer(b, shots, 2)),
        )


def _has(text: str) -> Callable[[Call], bool]:
    return lambda call: text.encode() in (call.content or b"")


def _each(change: Callable[[Any], Any]) -> ChangeBody:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(member) for name, member in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else change(value)

    return lambda body: walk(body) if isinstance(body, dict) else body


def _from_text(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _fewer(body: Any, name: str, most: int | None = None) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get(name), list) or len(body[name]) < 2:
        return body
    return {**body, name: body[name][: most if most is not None else -1]}


# --- answers ------------------------------------------------------------------------------------------


def _answers(contract: Contract) -> Iterator[Fault]:
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
    yield Fault("submit is 201", "a submit is answered 201", hook=with_status(201, _submitted))
    yield Fault(
        "submit without id", "the answer has no task id", hook=on_answer(lambda b: _put(b, identity, None), _submitted)
    )
    yield Fault(
        "id is a number", "the task id is a number", hook=on_answer(lambda b: _put(b, identity, 12345), _submitted)
    )
    yield Fault("submit answers text", "the answer is no JSON", hook=_replaced(b"OK", _submitted))
    yield Fault(
        "no video", "a succeeded task has no video", hook=on_answer(lambda b: _put(b, places["video"], None), _polled)
    )
    yield Fault(
        "video is a path",
        "the video's URL is relative",
        hook=on_answer(lambda b: _put(b, places["video"], "/v.mp4"), _polled),
    )
    yield Fault(
        "status is missing", "polls tell no status", hook=on_answer(lambda b: _put(b, places["status"], None), _polled)
    )
    yield Fault(
        "status is a number", "the status is 2", hook=on_answer(lambda b: _put(b, places["status"], 2), _polled)
    )
    yield Fault(
        "another task's state",
        "polls tell of another task",
        hook=on_answer(lambda b: _put(b, places["id"], "another"), _polled),
    )
    for quantity, value, says in (
        ("video_ttl", 3600, "the TTL is a number"), ("video_ttl", None, "the TTL is missing"),
        ("progress", 140, "progress beyond 100"), ("progress", "half", "progress in words"),
        ("created", 12, "the time of creation is a number"), ("video_type", "avi", "an undocumented type of video"),
    ):  # fmt: skip
        if quantity in places:
            at = places[quantity]
            yield Fault(says, says, hook=on_answer(lambda b, at=at, value=value: _put(b, at, value), _polled))  # type: ignore[misc]
    yield Fault(
        "error code changed",
        "refusals have an undocumented code",
        hook=on_answer(lambda b: _put(b, code, "NOPE"), _refused),
    )
    other = next(known.code for known in contract.errors.codes if known.meaning == "task_failed")
    yield Fault(
        "wrong error code",
        "refusals have the code of a failed task",
        hook=on_answer(lambda b: _put(b, code, other), _refused),
    )
    yield Fault("error without code", "refusals have no code", hook=on_answer(lambda b: _put(b, code, None), _refused))
    if "status" in errors:
        yield Fault(
            "status in body differs",
            "the body says 200",
            hook=on_answer(lambda b: _put(b, errors["status"], 200), _refused),
        )
    yield Fault("refused with 200", "refusals are answered 200", hook=with_status(200, _refused))
    yield Fault("refused with 422", "refusals are answered 422", hook=with_status(422, _refused))
    yield Fault("refused with 500", "refusals are answered 500", hook=with_status(500, _refused))
    yield Fault("errors as HTML", "refusals are a page of HTML", hook=_replaced(b"<html>Bad request</html>", _refused))
    yield Fault("unknown task is 200", "an unknown task is answered 200", hook=with_status(200, _unknown_task))
    yield Fault("unknown task is 500", "an unknown task is answered 500", hook=with_status(500, _unknown_task))
    yield Fault("a valid combination refused", "a body with a negative prompt and a duration is refused", hook=_picky())
    yield Fault("minimal body refused", "optional fields are demanded", hook=on_body(_demanding(contract)))


def _replaced(body: bytes, when: Callable[[Call, Answer], bool]) -> Hook:
    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return replace(answer, body=body) if when(call, answer) else answer

    return hook


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


def _put(body: Any, pointer: str, value: Any) -> Any:
    """Set (or, for None, remove) what stands at the pointer, wherever it is there."""

    def put(here: Any, names: tuple[str, ...]) -> Any:
        name, *rest = names
        if name == "*" and isinstance(here, list):
            if not rest:
                return [] if value is None else [value for _ in here]
            return [put(item, tuple(rest)) for item in here]
        if not isinstance(here, dict) or name not in here:
            return here
        if rest:
            return {**here, name: put(here[name], tuple(rest))}
        without = {known: member for known, member in here.items() if known != name}
        return without if value is None else {**here, name: value}

    return put(body, pointers.split(pointer))
