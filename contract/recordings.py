"""Recordings in HAR 1.2: the exchanges with a provider, and what holding them against its contract finds."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from contract.cases import Call, Case, Verdict
from contract.exchange import Answer
from contract.judge import Finding
from contract.runner import Result
from contract.shown import Mask
from contract.traffic import check_exchange, operation_at
from specs.errors import ReelspecError
from specs.model import Contract, Operation

_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a recording that belongs to the provider; `request` is the body as it was sent."""

    number: int
    operation: Operation
    request: bytes | None
    answer: Answer
    url: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges with the provider, of `total`; `unjudged` says of the others with it why nothing can be said.

    `mask` knows the keys that any of the exchanges was signed with.
    """

    exchanges: tuple[Recorded, ...]
    unjudged: tuple[str, ...]
    total: int
    mask: Mask

    @property
    def base_url(self) -> str:
        """The address of the server that was recorded first."""
        parts = urlsplit(self.exchanges[0].url) if self.exchanges else None
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts else ""

    def results(self, contract: Contract) -> list[Result]:
        """Hold each exchange against the contract: what a report needs, without the keys. Nothing is sent."""
        return [_result(one, contract, self.mask) for one in self.exchanges]

    def summary(self, contract: Contract, broken: int) -> str:
        """Return what was found in one line."""
        told = f"{len(self.exchanges)} of {self.total} exchanges are with this provider, {broken} of them deviate"
        unjudged = f"; {len(self.unjudged)} more cannot be judged ({'; '.join(self.unjudged[:5])})"
        return f"{contract.provider}: {told}" + (unjudged if self.unjudged else "")


class _Unjudged(Exception):  # noqa: N818 - it tells what the entry is
    """Nothing can be said of the entry; the message says why."""


def read_har(path: Path, contract: Contract) -> Recording:
    """Return the exchanges of a HAR file with the contract's operations. Raises ReelspecError for what is no HAR."""
    try:
        log = json.loads(path.read_text("utf-8-sig"))["log"]
        entries = log["entries"]
        if not isinstance(entries, list):
            raise TypeError("its entries are no list")
    except OSError as problem:
        raise ReelspecError(str(path), problem.strerror or "cannot be read", "give the path of a HAR file") from None
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ReelspecError(
            str(path), f"is no HAR recording ({problem!r})", "export it as HAR 1.2 with content"
        ) from None
    found: list[Recorded] = []
    unjudged: list[str] = []
    keys: set[str] = set()
    for number, entry in enumerate(entries, 1):
        try:
            keys |= set(_keys(entry["request"], contract))
            found += _recorded(number, entry, contract)
        except _Unjudged as reason:
            unjudged.append(f"entry {number}: {reason}")
        except (LookupError, TypeError, AttributeError, ValueError):
            unjudged.append(f"entry {number}: not as HAR 1.2 has it")
    return Recording(tuple(found), tuple(unjudged), len(entries), Mask(*keys))


def _recorded(number: int, entry: Mapping[str, Any], contract: Contract) -> Iterator[Recorded]:
    request = entry["request"]
    operation = operation_at(contract, request["method"], request["url"])
    if operation is None:
        return
    response = entry.get("response") or {}
    try:
        status = int(response.get("status") or 0)
    except ValueError:
        raise _Unjudged("its status is no number") from None
    if not status:
        raise _Unjudged("it was not answered")
    if status == _NOT_MODIFIED:
        raise _Unjudged("its answer was taken from a cache")
    headers = {str(header["name"]).lower(): str(header.get("value") or "") for header in response.get("headers") or ()}
    sent = _sent(request) if operation.request is not None else None
    answer = Answer(status, _content(response.get("content") or {}), headers)
    yield Recorded(number, operation, sent, answer, request["url"])


def _sent(request: Mapping[str, Any]) -> bytes | None:
    """Return the body that was sent; None where there was none."""
    given, size = request.get("postData") or {}, request.get("bodySize", -1)
    if given.get("text"):
        return _bytes(given)
    if given.get("params"):
        return urlencode([(one["name"], one.get("value") or "") for one in given["params"]]).encode()
    if size > 0 or (size < 0 and "text" not in given):
        raise _Unjudged("its body was not recorded")
    return None


def _content(content: Mapping[str, Any]) -> bytes:
    if not content.get("text") and content.get("size", -1) != 0:
        raise _Unjudged("its answer's body was not recorded")
    return _bytes(content)


def _bytes(held: Mapping[str, Any]) -> bytes:
    text = held.get("text") or ""
    if held.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise _Unjudged("a body is not the base64 that it says") from None
    return str(text).encode("utf-8", "surrogatepass")


def _keys(request: Mapping[str, Any], contract: Contract) -> Iterator[str]:
    """Yield what the request was signed with."""
    signed = contract.authentication
    for header in request.get("headers") or ():
        if str(header["name"]).lower() == signed.header.lower():
            yield str(header.get("value") or "").removeprefix(signed.prefix)


def _result(one: Recorded, contract: Contract, mask: Mask) -> Result:
    parts = urlsplit(one.url)
    sent = Call(one.operation.method, parts.path, dict(parse_qsl(parts.query)), one.request)
    found, body = check_exchange(one.operation, sent, one.answer, contract), sent.json
    call = replace(
        sent, path=mask(sent.path), query={name: mask(value) for name, value in sent.query.items()},
        content=None if sent.content is None else mask.data(sent.content),
    )  # fmt: skip
    wrong = [] if body is None else [v for v in one.operation.validate(body) if v.severity == "error"]
    meant = Verdict(False, ("invalid_request",), frozenset(v.rule for v in wrong)) if wrong else Verdict(True)
    case = Case(
        f"entry-{one.number}", contract, one.operation, f"entry {one.number} of the recording",
        wrong[0].rule if wrong else one.operation.id, call, meant, wrong[0].source if wrong else one.operation.source,
    )  # fmt: skip
    answer = replace(one.answer, body=mask.data(one.answer.body))
    findings = tuple(Finding(case, answer, deviation) for deviation in found)
    return Result(case, "broken" if findings else "kept", findings)
