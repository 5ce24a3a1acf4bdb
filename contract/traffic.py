"""Recorded traffic against the contract: one request and its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from contract.cases import Call, address
from contract.exchange import Answer, Deviation, answer_of, meanings_of, shape
from contract.judge import Life, accepted
from specs.checks import Violation
from specs.model import Contract, Operation


def check_exchange(
    operation: Operation, request: Any, response: Answer | Any, contract: Contract | None = None
) -> tuple[Deviation, ...]:
    """Hold a recorded exchange against the documentation: the answer's shape, and whether request and answer fit.

    `request` is the decoded body (None where there is none), the bytes of it, or anything with `content` (or `body`),
    such as the request of a respx call; `response` an Answer, or anything with `status_code`, `headers` and `content`,
    such as an httpx response. With the contract, error codes are checked too, and what is told of a task: its status,
    its video, and whether it is the task that the request's URL asks for. Raises TypeError for a request of another
    type.
    """
    answer = answer_of(response)
    if operation.request is None:
        return tuple(_of_task(operation, request, answer, contract))
    found = list(shape(operation, answer, contract))
    body, unread = _decoded(request)
    wrong = [] if unread else [violation for violation in operation.validate(body) if violation.severity == "error"]
    refused = 400 <= answer.status < 500 and answer.status not in (401, 402, 403, 404, 409, 423, 429, 451)
    if unread and 200 <= answer.status < 300:
        found.append(Deviation("accepted", f"accepted, although the request has {unread}", source=operation.source))
    if wrong and 200 <= answer.status < 300:
        listed = "; ".join(f"{violation.message} [{violation.rule}]" for violation in wrong)
        found.append(Deviation("accepted", f"accepted, although: {listed}", _places(wrong), wrong[0].source))
    if not wrong and not unread and refused and not _explained(answer, contract):
        found.append(Deviation("refused", f"refused with {answer.status}, although the documentation allows it"))
    return tuple(found)


def _of_task(operation: Operation, request: Any, answer: Answer, contract: Contract | None) -> Iterator[Deviation]:
    """Yield what is wrong with the answer of an operation that tells of a task. That a task failed is not wrong."""
    submits = () if contract is None else contract.submits
    cycle = next((o for o in submits if o.task is not None and o.task.poll == operation.id), None)
    if cycle is None or not accepted(answer):
        yield from shape(operation, answer, contract)
        return
    assert cycle.task is not None  # noqa: S101 (submits only)
    life = Life(cycle, operation, _asked(operation, cycle.task.parameter, request))
    yield from (deviation for deviation in life.see(answer) if deviation.kind != "failed")


def _asked(operation: Operation, parameter: str, request: Any) -> str | None:
    """Return the id of the task that the request asks for; None where it does not say."""
    parts = urlsplit(address("", request) if isinstance(request, Call) else str(getattr(request, "url", "")))
    names = re.findall(r"\{([^{}]+)\}", operation.path)
    found = _path(operation).search(parts.path)
    if parameter in names:
        return None if found is None else unquote(found[names.index(parameter) + 1])
    return dict(parse_qsl(parts.query)).get(parameter)


def _decoded(request: Any) -> tuple[Any, str | None]:
    """Return the body of a request, and what there is instead of JSON; what is decoded already is returned as it is."""
    content = request
    if isinstance(request, (bytearray, memoryview)):
        content = bytes(request)
    elif not isinstance(request, (dict, list, str, int, float, bytes, type(None))):
        if not hasattr(request, "content") and not hasattr(request, "body"):
            raise TypeError(f"a {type(request).__name__} is neither a decoded body nor bytes nor a request")
        content = getattr(request, "content", None) or getattr(request, "body", None)
        content = content.encode() if isinstance(content, str) else content
    if not content and (content is None or isinstance(content, bytes)):
        return None, "no body"
    if not isinstance(content, bytes):
        return content, None
    try:
        return orjson.loads(content), None
    except orjson.JSONDecodeError:
        return None, "a body that is no JSON"


def _places(wrong: Sequence[Violation]) -> tuple[str, ...]:
    return tuple(place for violation in wrong for place in violation.pointers)


def _explained(answer: Answer, contract: Contract | None) -> bool:
    """Tell whether the refusal says of a reason that no body shows: the key, the balance, the content of a file."""
    if contract is None:
        return False
    meanings = meanings_of(contract, answer)
    return bool(meanings) and "invalid_request" not in meanings


def operation_at(contract: Contract, method: str, url: str) -> Operation | None:
    """Return the operation that a request to the URL belongs to, whatever the host; None where there is none."""
    path = urlsplit(url).path
    for operation in contract.operations:
        if operation.method == method.upper() and _path(operation).search(path):
            return operation
    return None


@lru_cache(maxsize=256)
def _path(operation: Operation) -> re.Pattern[str]:
    """Return what the path of a request to the operation ends in, a group for each parameter."""
    parts = re.split(r"(\{[^{}]+\})", operation.path)
    return re.compile("".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts) + r"/?$")
