"""The mock of one provider: request and time in, reply out. No input or output happens here, and nothing waits.

A request goes through the stages in this order; each may refuse it, in the provider's own words:

    route, method, auth, size and content type, decode, schema, rules, media, rate limit, fault choice,
    life cycle, render, journal
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf
from typing import Any

import orjson

from mockserver.decoded import check_depth, loads
from mockserver.faults import FAILURE, REFUSALS, SILENCES, Fault, Faults, On
from mockserver.http import JSON_TYPE, VIDEO, Reply, Request, is_json
from mockserver.ids import Mint, Outcome
from mockserver.images import media_urls
from mockserver.journal import Exchange, Journal
from mockserver.keys import Keys, digest
from mockserver.prepared import NO_MOMENT, RESULTS, Route, Routes, Shown, Submit, check_variant
from mockserver.refusals import Refusals, Refused, all_of
from mockserver.settings import Settings
from mockserver.stores.memory import MemoryStore
from mockserver.stores.store import Store
from mockserver.tasks import Task, span
from mockserver.webhooks import Notice, Webhooks, asked_for, names_webhook
from specs.checks import Violation
from specs.errors import ReelspecError
from specs.findings import Finding
from specs.model import Contract, Meaning, Operation


class Engine:
    """Answers for one provider. Engines may share store, journal and faults.

    `lasts` tells how many seconds a client waits while so many of the mock's pass, for what a 429 says.
    """

    def __init__(
        self,
        contract: Contract,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        journal: Journal | None = None,
        faults: Faults | None = None,
        webhooks: Webhooks | None = None,
        lasts: Callable[[float], float] = float,
    ) -> None:
        self.contract, self._lasts = contract, lasts
        self.settings = settings = settings or Settings()
        self.store = store if store is not None else MemoryStore()
        self.journal = journal if journal is not None else Journal()
        self.faults = faults if faults is not None else Faults(settings.seed)
        self.webhooks = webhooks if webhooks is not None else Webhooks()
        self._refusals = Refusals(contract)
        self.submits = {
            operation.id: Submit(operation, position, settings, self._refusals)
            for position, operation in enumerate(contract.submits)
        }
        self._names = tuple(self.submits)
        check_variant(settings.variant, contract)
        self._routes = Routes(contract, self.submits)
        self._mint = Mint(" ".join([contract.provider, str(settings.seed), *self._names]).encode())
        self._serial = settings.worker << 12
        self._unsettled: list[Exchange] = []
        self.keys = Keys(contract.authentication, settings)

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request at that time (seconds since 1970) and write it into the journal.

        While something waits for the store, so do reply and journal: for `settle`.
        """
        exchange = Exchange(now, self.contract.provider, request, key_header=self.keys.header)
        try:
            reply = self._answer(request, now, exchange)
        except Refused as refused:
            reply = self._refused(refused, exchange)
        except OSError as error:
            reply = self._refused(Refused("server_error", f"The mock's store cannot be used: {error}."), exchange)
        exchange.reply = reply
        if self.store.pending:
            self._unsettled.append(exchange)
        else:
            self.journal.add(exchange)
        return reply

    def settle(self, *, kept: bool) -> None:
        """Write down the exchanges since the last time. What started a task that the store could not keep is refused.

        The replies to such requests, which nobody has sent yet, change into refusals.
        """
        exchanges, self._unsettled = self._unsettled, []
        for exchange in exchanges:
            if not kept and exchange.submits and exchange.task and exchange.reply is not None:
                refusal = self._refused(Refused("server_error", "The mock's store cannot keep the task."), exchange)
                exchange.reply.turn_into(refusal)
                self.webhooks.forget(exchange.task)
                exchange.task = ""
            self.journal.add(exchange)

    def operation(self, request: Request) -> Operation | None:
        """Return the operation that a request is for, or None."""
        route = self._routes.find(request.path)[0].get(request.method)
        return route.operation if route is not None else None

    def media_urls(self, request: Request) -> list[str]:
        """Return the URLs that a submit names as media, for an adapter that fetches them; none where it is refused."""
        methods, _ = self._routes.find(request.path)
        route = methods.get(request.method)
        if route is None or route.submit is None:
            return []
        try:
            self.keys.accepted(request)
            body, _ = self._body(request, route.submit)
        except Refused:
            return []
        return media_urls(route.operation, body)

    def reset(self) -> None:
        """Forget tasks, journal and faults; ids are numbered anew."""
        self.store.reset()
        self.journal.clear()
        self._unsettled.clear()
        self.faults.clear()
        self.webhooks.clear()
        self._serial = self.settings.worker << 12

    def _refused(self, refused: Refused, exchange: Exchange) -> Reply:
        exchange.verdict = refused.meaning
        exchange.findings = refused.findings
        return self._refusals.reply(refused)

    def _answer(self, request: Request, now: float, exchange: Exchange) -> Reply:
        if request.path.startswith(RESULTS):
            return self._result(request, now, exchange)
        route, values = self._route(request)
        exchange.operation = route.operation.id
        if route.submit is not None:
            exchange.submits = True
            return self._submit(request, now, exchange, route.submit)
        caller = self.keys.accepted(request)
        self._within_rate(caller, now)
        fault = self._fault(request, exchange, "poll" if route.polled else "any")
        if fault is not None and fault.kind in SILENCES:
            return fault.silent()
        reply = self._poll(request, now, exchange, route, values) if route.polled else self._plain(request, route)
        return reply if fault is None else fault.spoil(reply)

    # --- route, method ------------------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[Route, Any]:
        methods, values = self._routes.find(request.path)
        route = methods.get(request.method)
        if route is not None:
            return route, values
        if not methods:
            raise Refused("not_found", f"There is nothing at {request.path[:200]}.")
        allowed = ", ".join(methods)
        raise Refused(
            "method_not_allowed", f"{request.method} is not allowed here; {allowed} is.",
            headers=((b"allow", allowed.encode()),),
        )  # fmt: skip

    # --- size, content type, decode, schema, rules, media -------------------------------------------------

    def _body(self, request: Request, submit: Submit) -> tuple[dict[str, Any], tuple[Finding, ...]]:
        """Return the decoded body and its warnings."""
        settings = self.settings
        if len(request.body) > settings.body_limit:
            raise Refused("too_large", f"The body has more than {settings.body_limit:,} bytes.")
        kind = request.headers.get(b"content-type", b"")
        if kind != JSON_TYPE and not is_json(kind) and "content_type" not in settings.lenient:
            raise Refused("unsupported_media_type", f"The Content-Type must be {JSON_TYPE.decode()}.")
        try:
            body = orjson.loads(request.body) if submit.relax is None else submit.relax(loads(request.body))
            found = submit.find(body)
            if found:  # what was given stands in the answer, so it has to be such as can be written
                check_depth(request.body, body)
        except ValueError as error:  # of orjson, or of jsonschema-rs for what is nested too deep for it
            raise Refused("invalid_request", f"The body is no JSON that can be read: {error}.") from None
        media = submit.media(body, request.fetched)
        if not found and not media:
            return body, ()
        errors = [one for one in found if one.said.severity == "error"]
        meaning: Meaning = "invalid_request" if errors or not media else media[0][0]
        errors += [Finding.of(violation) for _, violation in media]
        if errors:
            raise all_of(meaning, errors)
        return body, found

    # --- rate limit ---------------------------------------------------------------------------------------

    def _within_rate(self, caller: str, now: float) -> None:
        limit = self.settings.requests_per_minute
        if limit is None:
            return
        left = self.store.take(f"{self.contract.provider} {digest(caller)}", limit, now)
        if left > 0:
            wait = ceil(self._lasts(left))
            raise Refused(
                "rate_limited", f"More than {limit} requests in a minute; the next is taken in {wait} s.",
                headers=((b"retry-after", b"%d" % wait),),
            )  # fmt: skip

    # --- fault choice -------------------------------------------------------------------------------------

    def _fault(self, request: Request, exchange: Exchange, of: On, text: str = "") -> Fault | None:
        """Return what is to happen to a request that nothing is wrong with; refuse it where that is it."""
        try:
            fault = self.faults.choose(request, exchange.operation, of, text)
        except ReelspecError as problem:
            raise Refused("invalid_request", str(problem)) from None
        if fault is None:
            return None
        exchange.fault = fault.kind
        if fault.kind in REFUSALS:
            raise self._refusals.fault(fault)
        return fault

    # --- life cycle and render ----------------------------------------------------------------------------

    def _submit(self, request: Request, now: float, exchange: Exchange, submit: Submit) -> Reply:
        if self.settings.validate_first:
            body, exchange.findings = self._body(request, submit)
            caller = self.keys.accepted(request)
        else:
            caller = self.keys.accepted(request)
            body, exchange.findings = self._body(request, submit)
        self._within_rate(caller, now)
        text = submit.scene.texts(body) if request.body.find(b"mock:") >= 0 else ""
        fault = self._fault(request, exchange, "submit", text)
        if fault is not None and fault.kind in SILENCES:
            return fault.silent()
        task = self._accept(body, request, now, submit, caller, fault)
        exchange.task = task.id
        if self.settings.webhook is not None or names_webhook(request.body):
            self._plan_webhook(request, task, now, fault)
        reply = Reply(submit.status, submit.accepted(task, now, request.origin))
        return reply if fault is None else fault.spoil(reply)

    def _accept(
        self, body: dict[str, Any], request: Request, now: float, submit: Submit, caller: str, fault: Fault | None
    ) -> Task:
        """Start a task and keep it."""
        seconds, high, sound = submit.scene.asked(body)
        outcome: Outcome = "succeeded" if fault is None else fault.outcome
        expected = submit.expected(seconds) * (1 if fault is None else fault.slowness)
        queue, free = self._queue(caller, now) if self.settings.concurrency else ("", 0.0)
        created = int(now * 1000)
        started, finished = span(created / 1000, free, expected, outcome)
        reason = fault.reason if fault is not None and outcome == "failed" else ""
        while True:
            serial, self._serial = self._serial, self._serial + 1
            task = Task(
                self._mint.write(created + (serial >> 16), submit.position, seconds, high, sound, outcome, serial),
                submit.operation.id, created / 1000, started, finished, outcome, seconds, high, sound, reason,
                request.body,
            )  # fmt: skip
            if self.store.add(self.contract.provider, task):
                break
        if queue and started < inf:  # what never ends keeps its place
            self.store.runs(queue, finished)
        return task

    def _queue(self, caller: str, now: float) -> tuple[str, float]:
        """Return the name of a caller's queue, and the time at which there is room for one more task in it."""
        queue, room = f"{self.contract.provider} {digest(caller)}", self.settings.concurrency or 1
        ends = self.store.running(queue, now)
        return queue, ends[-room] if len(ends) >= room else 0.0

    def _plan_webhook(self, request: Request, task: Task, now: float, fault: Fault | None) -> None:
        """Have the task's end told where that is asked for."""
        url, simulated = asked_for(request.body, self.settings.webhook)
        if url is None or (fault is not None and fault.kind == "webhook_lost"):
            return
        due = now if simulated else task.finished
        for _ in range(2 if fault is not None and fault.kind == "webhook_repeated" else 1):
            if due < inf:
                notice = Notice(due, url, self.contract.provider, task.id, request.origin, simulated)
                self.webhooks.plan(notice)

    def event(self, notice: Notice, now: float) -> dict[str, Any]:
        """Return what a webhook tells. Raises KeyError for a task that is not known (any more)."""
        task = self.task(notice.task)
        if task is None:
            raise KeyError(notice.task)
        moment = task.at(now)
        if notice.simulated is not None:
            moment = moment._replace(state=notice.simulated)
        route = self._routes.poll(self.submits[task.operation].cycle.poll)
        body = route.polled[task.operation][moment.state].fill(Shown(task, moment, now, notice.origin))
        return {"event_type": "ASYNC_TASK_RESULT", "payload": orjson.loads(body)}

    def _poll(self, request: Request, now: float, exchange: Exchange, route: Route, values: Any) -> Reply:
        task_id = values.get(route.parameter)
        if task_id is None and (task_id := request.parameter(route.parameter)) is None:
            raise _missing(route, route.parameter)
        task = self.task(task_id)
        if task is None or task.operation not in route.polled or task.outcome == "vanished":
            raise Refused("task_not_found", f"There is no task {task_id[:100]!r}.")
        exchange.task = task_id
        moment = task.at(now)
        template, shown = route.polled[task.operation][moment.state], Shown(task, moment, now, request.origin)
        body = template.fill_again(shown, (task, request.origin))
        return Reply(route.status, body, changes_at=moment.changes_at if moment.changes_at < inf else None)

    def _plain(self, request: Request, route: Route) -> Reply:
        for name in route.needed:
            if request.parameter(name) is None:
                raise _missing(route, name)
        return Reply(route.status, route.plain.fill(_NOBODY))

    def task(self, task_id: str) -> Task | None:
        """Return the task of an id: as it was kept, or else as far as the id itself tells; None for a forged one.

        A store may keep tasks of operations that the contract no longer has: they are as if not kept.
        """
        kept = self.store.get(self.contract.provider, task_id)
        if kept is not None and kept.operation in self.submits:
            return kept
        ticket = self._mint.read(task_id)
        if ticket is None or ticket.operation >= len(self._names):
            return None
        name = self._names[ticket.operation]
        expected = self.submits[name].expected(ticket.seconds)
        started, finished = span(ticket.created / 1000, 0, expected, ticket.outcome)
        reason = FAILURE if ticket.outcome == "failed" else ""
        return Task(
            task_id, name, ticket.created / 1000, started, finished, ticket.outcome, ticket.seconds,
            ticket.high_resolution, ticket.sound, reason, b"",
        )  # fmt: skip

    # --- results ------------------------------------------------------------------------------------------

    def _result(self, request: Request, now: float, exchange: Exchange) -> Reply:
        """Answer with the plan of a task's video; the adapter renders it. Results need no key."""
        exchange.operation = "result"
        if request.method not in ("GET", "HEAD"):
            raise Refused("method_not_allowed", "A result is only read.", headers=((b"allow", b"GET, HEAD"),))
        task_id = request.path.removeprefix(RESULTS).removesuffix(".mp4")
        task = self.task(task_id)
        if task is None or task.at(now).state != "succeeded":
            raise Refused("not_found", "There is no such result.")
        submit = self.submits[task.operation]
        if now >= submit.expires(task):
            raise Refused("permission_denied", "The result has expired.", status=403)
        exchange.task = task_id
        fault = self._fault(request, exchange, "result")
        if fault is not None and fault.kind in SILENCES:
            return fault.silent()
        film = submit.scene.film(
            submit.body(task), task.seconds, high_resolution=task.high_resolution, sound=task.sound
        )
        reply = Reply(200, b"", VIDEO, film)
        return reply if fault is None else fault.spoil(reply)


_NOBODY = Shown(Task("", "", 0, 0, 0, "succeeded", 0, False, False, "", b""), NO_MOMENT, 0, "")


def _missing(route: Route, name: str) -> Refused:
    source = route.operation.field("/" + name, "query").source
    violation = Violation(f"{name}.required", (f"/{name}",), {}, None, f"`{name}` is required.", source)
    return all_of("invalid_request", [Finding.of(violation)])
