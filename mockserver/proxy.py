"""Between a client and the real provider: passes requests on, and tells where either side leaves the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx
import jsonschema_rs
import orjson

from mockserver.asgi import Receive, Scope, Send, answer
from mockserver.between import Door
from mockserver.engine import Engine
from mockserver.http import Reply, Request, is_json
from mockserver.recording import Recorder, without
from mockserver.refusals import Refusals, Refused
from specs import pointers
from specs.checks import places
from specs.model import Operation

_KEPT_BACK: Final = frozenset({b"host", b"connection", b"content-length", b"accept-encoding", b"transfer-encoding"})
_OF_THE_CONNECTION: Final = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    b"content-length", b"content-encoding", b"date",
})  # fmt: skip
"""Headers of an answer that are said anew, since its body is sent decoded and over another connection."""

_TIMEOUT: Final = 60.0


class Proxy:
    """Serves one provider by asking the one at `upstream` (ASGI); `report` is told each deviation as a line.

    With `dry`, what starts a task is refused rather than passed on, since it would be billed.
    """

    def __init__(
        self,
        engine: Engine,
        upstream: str,
        report: Callable[[str], None],
        *,
        recorder: Recorder | None = None,
        dry: bool = False,
    ) -> None:
        self._engine, self._upstream, self._report = engine, upstream.rstrip("/"), report
        self._recorder, self._dry = recorder, dry
        self._refusals = Refusals(engine.contract)
        self._door = Door(engine)
        self._validators: dict[tuple[str, int], jsonschema_rs.Draft202012Validator] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        body = await self._door.body(scope, receive, send)
        if body is None:
            return
        headers, path = dict(scope["headers"]), scope["path"]
        request = Request(scope["method"], path, scope["query_string"], headers, body, self._upstream)
        operation = self._engine.operation(request)
        if self._dry and (operation is None or operation.task is not None or request.method != "GET"):
            refusal = Refused("permission_denied", "A dry proxy passes on nothing that may be billed.")
            reply = self._refusals.reply(refusal)
        else:
            reply = await self._passed_on(request, operation, scope["raw_path"])
        await answer(reply, request.method, send)

    def close(self) -> None:
        """Close the recording."""
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    async def _passed_on(self, request: Request, operation: Operation | None, raw_path: bytes) -> Reply:
        """Return the provider's answer; both sides are judged on the way, and recorded."""
        key, place = self._engine.keys.stated(request), f"{request.method} {request.path}: "

        def report(line: str) -> None:
            self._report(without((place + line).encode(), key).decode())

        for deviation in self._asked(request, operation):
            report(f"the request: {deviation}")
        try:
            reply = await self._upstream_reply(request, raw_path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = f"{self._upstream} cannot be reached ({type(error).__name__})."
            self._report(text)
            return self._refusals.reply(Refused("server_error", text, status=502))
        for deviation in self._answered(reply, operation):
            report(f"the answer {reply.status}: {deviation}")
        if self._recorder is not None:
            try:
                self._recorder.add(request, reply, key)
            except OSError as error:  # what was answered may have been paid for
                report(f"the recording ends before this answer: {error.strerror}")
                self.close()
        return reply

    async def _upstream_reply(self, request: Request, raw_path: bytes) -> Reply:
        query = b"?" + request.query if request.query else b""
        url = self._upstream + (raw_path + query).decode("latin-1")
        headers = [(name, value) for name, value in request.headers.items() if name not in _KEPT_BACK]
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            found = await client.request(request.method, url, headers=headers, content=request.body)
        named = found.headers.get("connection", "").lower().encode("latin-1").split(b",")
        dropped = _OF_THE_CONNECTION.union(map(bytes.strip, named))
        shown = [(name.lower(), value) for name, value in found.headers.raw if name.lower() not in dropped]
        return Reply(found.status_code, found.content, shown)

    def _asked(self, request: Request, operation: Operation | None) -> Iterator[str]:
        """Yield where a request leaves the contract."""
        if operation is None:
            yield "the contract has no such operation"
            return
        for parameter in operation.at("query"):
            if parameter.required and request.parameter(parameter.name) is None:
                yield f"`{parameter.name}` is required"
        if operation.request is None:
            return
        kind = request.header(b"content-type") or b""
        if not is_json(kind):
            yield f"the Content-Type is {kind.decode('latin-1')!r}, not application/json"
        body = _decoded(request.body)
        yield from map(str, operation.validate(body))
        if (submit := self._engine.submits.get(operation.id)) is not None:
            yield from (str(violation) for _, violation in submit.media(body))

    def _answered(self, reply: Reply, operation: Operation | None) -> Iterator[str]:
        """Yield where an answer leaves the contract."""
        if operation is None:
            return
        response = operation.responses.get(reply.status)
        if response is None:
            yield "this status is not documented"
            return
        body = _decoded(reply.body)
        if body is None:
            yield "the body is no JSON"
            return
        key = (operation.id, reply.status)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(dict(response.schema))
        for error in self._validators[key].iter_errors(body):
            yield f"{pointers.join(*map(str, error.instance_path)) or 'body'}: {error.message}"
        yield from self._unknown_words(operation, body)

    def _unknown_words(self, operation: Operation, body: Mapping[str, Any]) -> Iterator[str]:
        for submit in self._engine.submits.values():
            if submit.cycle.poll == operation.id:
                for place, word in places(body, submit.cycle.polled["status"]):
                    if submit.cycle.state(str(word)) is None:
                        yield f"{place}: the state {word!r} is not documented"
                return


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
