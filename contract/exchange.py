"""One answer against the contract: its shape, and what its error code means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

from specs import pointers
from specs.checks import Source, places
from specs.model import Contract, Meaning, Operation


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers in lower case, body.

    `warned` are the rules that an accepted request breaks and that only warn, where the server's journal tells; no
    answer over HTTP does.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    warned: frozenset[str] | None = None

    @property
    def json(self) -> Any:
        """The decoded body; None where it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that is not as the contract says: `kind` is a word for it, `places` are pointers into the answer."""

    kind: str
    message: str
    places: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)

    def __str__(self) -> str:
        return self.message


def answer_of(response: Any) -> Answer:
    """Return an Answer for an httpx (or requests) response."""
    if isinstance(response, Answer):
        return response
    headers = {str(name).lower(): str(value) for name, value in dict(response.headers).items()}
    return Answer(int(response.status_code), bytes(response.content), headers)


# --- shape --------------------------------------------------------------------------------------------


def shape(operation: Operation, answer: Answer, contract: Contract | None = None) -> Iterator[Deviation]:
    """Yield where an answer is not as the operation documents it for its status."""
    documented = operation.responses.get(answer.status)
    if documented is None and answer.status >= 500:
        yield Deviation("server_error", f"answered {answer.status}, a failure of the server")
        return
    if documented is None and answer.status < 400:
        known = ", ".join(map(str, sorted(operation.responses)))
        yield Deviation("status", f"answered {answer.status}; documented are {known}")
        return
    body = answer.json
    if body is None:
        yield Deviation("body", f"answered {answer.status} with a body that is no JSON: {answer.body[:80]!r}")
        return
    media_type = answer.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        yield Deviation("content_type", f"answered JSON as {media_type!r}; documented is application/json")
    wrong = list(_shape_errors(operation, answer.status, body))
    yield from wrong
    if not wrong and 200 <= answer.status < 300 and operation.task is not None and not task_id(operation, answer):
        place = operation.task.submitted["id"]
        yield Deviation("no_id", f"the answer has no task id at {place}", (place,))
    if contract is not None and answer.status >= 400:
        yield from _error_codes(contract, answer, body)


def _shape_errors(operation: Operation, status: int, body: Any) -> Iterator[Deviation]:
    documented = operation.responses.get(status)
    if documented is not None and documented.schema:
        for error in _validator(operation, status).iter_errors(body):
            place = pointers.join(*map(str, error.instance_path))
            yield Deviation(
                "shape", f"`{pointers.name(place) or 'the answer'}`: {_shortened(error.message)}", (place,),
                _source(operation, place),
            )  # fmt: skip


def task_id(operation: Operation, answer: Answer) -> str | None:
    """Return the id of the task that an answer to a submit tells of."""
    found = first_at(answer.json, operation.task.submitted["id"]) if operation.task is not None else None
    return found if isinstance(found, str) else None


@lru_cache(maxsize=256)
def _validator(operation: Operation, status: int) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(operation.responses[status].schema))


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"


def _source(operation: Operation, place: str) -> Source:
    documented = pointers.join(*("*" if step.isdigit() else step for step in pointers.split(place)))
    return next((f.source for f in operation.at("response") if f.pointer == documented), operation.source)


def _error_codes(contract: Contract, answer: Answer, body: Any) -> Iterator[Deviation]:
    at = contract.errors.pointers
    code = first_at(body, at.get("code", ""))
    if code is None:
        yield Deviation("error_body", f"the error has no code at {at.get('code')}", (at.get("code", ""),))
        return
    documented = [known for known in contract.errors.codes if known.code == code]
    if not documented:
        yield Deviation("error_code", f"the error code {code!r} is not documented", (at["code"],))
    elif answer.status not in {known.status for known in documented}:
        stated = " or ".join(str(known.status) for known in documented)
        yield Deviation(
            "error_status", f"{code} came with status {answer.status}; documented is {stated}", (at["code"],)
        )
    status = first_at(body, at["status"]) if "status" in at else None
    if status is not None and status != answer.status:
        yield Deviation("error_status", f"the body says {status}, the status is {answer.status}", (at["status"],))


def meanings_of(contract: Contract, answer: Answer) -> frozenset[Meaning]:
    """Return what the answer's error code means."""
    code = first_at(answer.json, contract.errors.pointers.get("code", ""))
    return frozenset(known.meaning for known in contract.errors.codes if known.code == code)


def first_at(body: Any, pointer: str) -> Any:
    """Return the first value in `body` that the pointer (with `*`) names, or None."""
    return next((value for _, value in places(body, pointer)), None) if pointer else None


def rules_listed(contract: Contract, answer: Answer) -> frozenset[str] | None:
    """Return the ids of the violations that the answer lists, None where it lists none: ours do."""
    details = first_at(answer.json, contract.errors.pointers.get("details", ""))
    listed = details.get("violations") if isinstance(details, dict) else details
    if not isinstance(listed, list) or not listed:
        return None
    return frozenset(str(entry["rule"]) for entry in listed if isinstance(entry, dict) and "rule" in entry)
