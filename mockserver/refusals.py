"""Refusals in the provider's own words: status, code and body as the contract's x-errors states them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, Final, NamedTuple

import orjson

from mockserver.answers import Template
from mockserver.faults import Fault
from mockserver.http import JSON, Headers, Reply
from specs.checks import Violation
from specs.findings import Finding
from specs.model import Contract, ErrorCode, Meaning

_TITLES: Mapping[Meaning, str] = {
    "invalid_request": "Invalid request", "image_too_large": "Image too large", "image_format": "Image format",
    "image_dimensions": "Image dimensions", "content_refused": "Content refused",
    "insufficient_balance": "Insufficient balance", "missing_api_key": "Missing API key",
    "invalid_api_key": "Invalid API key", "permission_denied": "Permission denied", "not_found": "Not found",
    "task_not_found": "Task not found", "method_not_allowed": "Method not allowed", "too_large": "Request too large",
    "unsupported_media_type": "Unsupported content type", "conflict": "Conflict", "rate_limited": "Too many requests",
    "server_error": "Server error", "task_failed": "Task failed",
}  # fmt: skip
_STATUSES: Mapping[Meaning, int] = {
    "insufficient_balance": 402, "missing_api_key": 401, "invalid_api_key": 401, "permission_denied": 403,
    "not_found": 404, "task_not_found": 404, "method_not_allowed": 405, "too_large": 413,
    "unsupported_media_type": 415, "conflict": 409, "rate_limited": 429, "server_error": 500, "task_failed": 500,
}  # fmt: skip
"""What HTTP says of a meaning for which the provider documents no code, not even one that stands in."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a mistake
    """A stage refuses the request; `findings` are all that is wrong with its body."""

    def __init__(
        self,
        meaning: Meaning,
        message: str,
        findings: Iterable[Finding] = (),
        headers: tuple[tuple[bytes, bytes], ...] = (),
        status: int | None = None,
        body: str | None = None,
    ) -> None:
        super().__init__(message)
        self.meaning, self.message, self.findings = meaning, message, tuple(findings)
        self.headers, self.status, self.body = headers, status, body


def all_of(meaning: Meaning, findings: Sequence[Finding]) -> Refused:
    """Return the refusal that lists all that was found."""
    return Refused(meaning, " ".join([found.said.message for found in findings]), findings)


class _Error(NamedTuple):
    """What stands in the holes of an error body."""

    status: int
    code: str | int
    title: str
    message: str
    findings: tuple[Finding, ...]


_WRITTEN_KEPT: Final = 1_000


class _Written(NamedTuple):
    """The JSON of a finding, with holes for the pointers and for what the request gave there."""

    said: Violation
    form: bytes


class Refusals:
    """Writes the error bodies of one provider."""

    def __init__(self, contract: Contract) -> None:
        places = contract.errors.pointers
        schema = _error_schema(contract)
        self._states_rules = "details" in places
        as_list = "array" in str(_at(schema, places["details"]).get("type")) if self._states_rules else False
        getters = {
            "status": lambda error: error.status, "code": lambda error: error.code, "title": lambda error: error.title,
            "message": self._message, "details": self._listed if as_list else self._keyed,
        }  # fmt: skip
        varying = frozenset(places[part] for part in ("message", "details") if part in places)
        self._template = Template[_Error](
            schema, {place: getters[part] for part, place in places.items()}, moving=varying
        )
        self._written: dict[int, _Written] = {}
        self._codes = {meaning: _code(contract, meaning) for meaning in _TITLES}

    def reply(self, refused: Refused) -> Reply:
        """Return the answer that refuses."""
        code = self._codes[refused.meaning]
        status = refused.status or code.status
        error = _Error(status, code.code, _TITLES[refused.meaning], refused.message, refused.findings)
        headers: Headers = (*JSON, *refused.headers) if refused.headers else JSON
        if refused.body is not None:
            return Reply(status, refused.body.encode(), headers)
        return Reply(status, self._template.fill_again(error, (refused.meaning, status)), headers)

    def fault(self, fault: Fault) -> Refused:
        """Return the refusal that a fault asks for, with the provider's own code for its status."""
        message = f"The mock was told to answer so ({fault.kind})."
        if fault.kind == "refuse":
            return Refused(fault.meaning, message)
        if fault.kind == "rate_limited":
            wait = str(max(1, ceil(fault.seconds))).encode()
            return Refused("rate_limited", message, headers=((b"retry-after", wait),))
        same = [meaning for meaning, code in self._codes.items() if code.status == fault.status]
        meaning: Meaning = same[0] if same else "server_error" if fault.status >= 500 else "invalid_request"
        return Refused(meaning, message, status=fault.status, body=fault.body)

    def code(self, meaning: Meaning) -> ErrorCode:
        """Return the provider's code for a meaning."""
        return self._codes[meaning]

    def title(self, meaning: Meaning) -> str:
        """Return a few words for a meaning."""
        return _TITLES[meaning]

    def _message(self, error: _Error) -> str:
        """Rule ids and sources stand in the message where the body has no place for details."""
        if self._states_rules or not error.findings:
            return error.message
        return " ".join([str(found.said) for found in error.findings])

    def _keyed(self, error: _Error) -> Mapping[str, orjson.Fragment]:
        return {"violations": self._listed(error)} if error.findings else {}

    def _listed(self, error: _Error) -> orjson.Fragment:
        """Return the violations as JSON: what `Violation.as_json` says, most of it written once for each rule."""
        return orjson.Fragment(b"[%b]" % b",".join([self._json(found) for found in error.findings]))

    def _json(self, found: Finding) -> bytes:
        said, pointers, given = found
        written = self._written.get(id(said))  # no other can have this id while it is kept here
        if written is None:
            if len(self._written) >= _WRITTEN_KEPT:
                self._written.clear()
            written = self._written[id(said)] = _written(said)
        return written.form % (orjson.dumps(pointers), orjson.dumps(given))


def _written(said: Violation) -> _Written:
    stated = said.as_json()
    before = orjson.dumps({"rule": stated["rule"]}).replace(b"%", b"%%")
    after = orjson.dumps({name: stated[name] for name in ("allowed", "message", "source", "severity")})
    return _Written(said, before[:-1] + b',"pointers":%b,"given":%b,' + after[1:].replace(b"%", b"%%"))


def _code(contract: Contract, meaning: Meaning) -> ErrorCode:
    status = _STATUSES.get(meaning, 400)
    return contract.errors.for_meaning(meaning) or ErrorCode(status, status, meaning)


def _error_schema(contract: Contract) -> Mapping[str, Any]:
    """Return the documented schema of error bodies; one made of the pointers where there is none."""
    for operation in contract.operations:
        for status, response in sorted(operation.responses.items()):
            if status >= 400 and all(_at(response.schema, place) for place in contract.errors.pointers.values()):
                return response.schema
    made: dict[str, Any] = {}
    for place in contract.errors.pointers.values():
        here = made
        for name in place.removeprefix("/").split("/"):
            here = here.setdefault("properties", {}).setdefault(name, {})
    return made


def _at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    for name in pointer.removeprefix("/").split("/"):
        schema = schema.get("properties", {}).get(name, {})
    return schema
