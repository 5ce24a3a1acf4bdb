"""What the dashboard adds below `/_mock/`.

GET    /_mock/                           the dashboard              GET /_mock/dashboard/<file>   its files
GET    /_mock/docs                       the OpenAPI document       GET /_mock/docs/<file>        its viewer's files
GET    /_mock/openapi.yaml?provider=…    the same document as YAML
GET    /_mock/dashboard/contracts        operations, fields, rules, examples and kinds of faults, for the forms
POST   /_mock/dashboard/check            what is wrong with a body, without a task
GET    /_mock/dashboard/live             everything shown, then what changes (server-sent events)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from mockserver.dashboard import files, live
from mockserver.dashboard.contracts import described
from mockserver.dashboard.faults import kinds
from mockserver.decoded import loads
from mockserver.http import JSON, Reply, Request, is_json
from specs import yaml12
from specs.errors import ReelspecError

if TYPE_CHECKING:
    from mockserver.asgi import App, Receive, Send


async def answered(app: App, request: Request, receive: Receive, send: Send) -> bool:
    """Answer a request that is for the dashboard and return True; False for one that is not."""
    from mockserver.asgi import answer

    name = request.path.removeprefix("/_mock").removeprefix("/")
    if name == "dashboard/live" and request.method == "GET":
        await live.stream(app, request, receive, send)
        return True
    try:
        # Contracts are looked for examples when they are asked for first, which takes a moment.
        apart = name == "dashboard/contracts"
        reply = await asyncio.to_thread(_reply, app, request, name) if apart else _reply(app, request, name)
    except ReelspecError as problem:
        reply = _json({"error": str(problem)}, 400)
    if reply is None:
        return False
    await answer(reply, request.method, send)
    return True


def _reply(app: App, request: Request, name: str) -> Reply | None:
    if name == "dashboard/check" and request.method == "POST":
        return _checked(app, request)
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/_mock":
        return Reply(307, b"", ((b"location", b"/_mock/"),))
    if name == "dashboard/contracts":
        return _contracts(app)
    if name == "openapi.yaml":
        return _document(app, request)
    return files.page(name)


def _contracts(app: App) -> Reply:
    prefixes = {name: "" if len(app.engines) == 1 else f"/{name}" for name in app.engines}
    contracts = [described(engine.contract, prefixes[name]) for name, engine in app.engines.items()]
    return _json({"contracts": contracts, "faults": kinds()})


def _checked(app: App, request: Request) -> Reply:
    """Check a body as the mock would, media included."""
    if not is_json(request.header(b"content-type")):
        return _json({"error": "the Content-Type must be application/json"}, 415)
    try:
        stated = loads(request.body)
        engine = app.engines[stated["provider"]]
        submit = engine.submits[stated["operation"]]
        body = stated["body"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ReelspecError("body", "names no provider, operation and body that there are") from None
    if submit.relax is not None:
        body = submit.relax(body)
    found = [*submit.operation.validate(body), *(violation for _, violation in submit.media(body))]
    return _json({"violations": [violation.as_json() for violation in found]})


def _document(app: App, request: Request) -> Reply:
    name = request.parameter("provider") or next(iter(app.engines))
    if name not in app.engines:
        raise ReelspecError("provider", f"{name!r} is not served", f"one of: {', '.join(app.engines)}")
    prefix = "" if len(app.engines) == 1 else f"/{name}"
    served = {**app.engines[name].contract.document, "servers": [{"url": request.origin + prefix}]}
    return Reply(200, yaml12.dumps(served).encode(), ((b"content-type", b"application/yaml"),))


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str), JSON)
