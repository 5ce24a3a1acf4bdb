"""Hooks: what stands between a client and a server that is right, and makes it wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from contract.cases import Call
from contract.exchange import Answer
from contract.faults import Headers, Hook
from contract.runner import Send
from specs import pointers

ChangeBody = Callable[[Any], Any]
ChangeAnswer = Callable[[Any], Any]
When = Callable[[Call, Answer], bool]


def on_body(change: ChangeBody) -> Hook:
    """The server reads another body than was sent."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        body = call.json
        return send(call if body is None else replace(call, content=orjson.dumps(change(body))), headers)

    return hook


def answering(change: Callable[[Answer], Answer], when: When) -> Hook:
    """The server's answer is another one, where `when` says so."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return change(answer) if when(call, answer) else answer

    return hook


def on_answer(change: ChangeAnswer, when: When) -> Hook:
    """The server answers with another value."""
    return answering(lambda answer: replace(answer, body=orjson.dumps(change(answer.json))), when)


def with_status(status: int, when: When) -> Hook:
    """The server answers with another status."""
    return answering(lambda answer: replace(answer, status=status), when)


def with_body(body: bytes, when: When) -> Hook:
    """The server answers with another body."""
    return answering(lambda answer: replace(answer, body=body), when)


def failing(when: Callable[[Call], bool]) -> Hook:
    """The server breaks down over some requests."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        return Answer(500, b"Internal Server Error") if when(call) else send(call, headers)

    return hook


def submitted(call: Call, answer: Answer) -> bool:
    """A task was started."""
    return call.method == "POST" and answer.status < 300


def polled(call: Call, answer: Answer) -> bool:
    """A task was told of."""
    return call.method == "GET" and answer.status < 300


def refused(call: Call, answer: Answer) -> bool:
    """A body was refused."""
    return call.method == "POST" and 400 <= answer.status < 500 and call.json is not None


def unknown_task(call: Call, answer: Answer) -> bool:
    """A task was not found."""
    return call.method == "GET" and answer.status == 404


def put(body: Any, pointer: str, value: Any) -> Any:
    """Set (or, for None, remove) what stands at the pointer, wherever it is there."""

    def within(here: Any, names: tuple[str, ...]) -> Any:
        name, *rest = names
        if name == "*" and isinstance(here, list):
            if not rest:
                return [] if value is None else [value for _ in here]
            return [within(item, tuple(rest)) for item in here]
        if not isinstance(here, dict) or name not in here:
            return here
        if rest:
            return {**here, name: within(here[name], tuple(rest))}
        without = {known: member for known, member in here.items() if known != name}
        return without if value is None else {**here, name: value}

    return within(body, pointers.split(pointer))
