"""Running the suite against a server, within a budget of requests and of tasks that are paid for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol
from urllib.parse import quote

import orjson

from contract.cases import OTHER_KEYS, Call, Case, unsigned
from contract.exchange import Answer, Deviation
from contract.health import Health
from contract.judge import Finding, Life, Started, accepted, judge, task_of
from contract.waiting import pause
from specs.model import Contract, Operation

Outcome = Literal["kept", "broken", "skipped"]
Billed = Literal["no", "yes", "unknown"]
MAY_BE_BILLED = "outcome unknown, may have been billed"


class Send(Protocol):
    """Sends a signed request and returns the answer; raises Unreachable where there is none."""

    def __call__(self, call: Call, headers: dict[str, str]) -> Answer:
        """Send the call with these headers."""


class Unreachable(Exception):  # noqa: N818 - it tells what the server is
    """No answer came; the message says why. `sent`: something of the request may have reached the server."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class Stopped(Exception):  # noqa: N818 - it tells what the run is
    """A case could not be tried to its end; the message says why."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`paid` accepted submits are allowed; `rate` requests a second; `requests` in all (None: no limit).

    `deadline` is how many times its expected duration a task is given before it counts as stuck, `interval` the seconds
    between two polls. With `fail_fast` the first finding ends the run.
    """

    paid: int = 0
    rate: float | None = None
    requests: int | None = None
    deadline: float = 3
    interval: float = 2
    fail_fast: bool = False


@dataclass(slots=True)
class Result:
    """What came of one case.

    `skipped`: not sent, or not tried to its end. `billed` tells whether a task was started; it is unknown where the
    answer got lost or was a failure of the server. Not `settled`: nothing is known of the case and nothing was paid for
    it, so that it is to be tried again.
    """

    case: Case
    outcome: Outcome = "skipped"
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    task: str | None = None
    billed: Billed = "no"
    settled: bool = True


class Ledger(Protocol):
    """Keeps what may cost money, before and right after it is sent."""

    def sent(self, case: Case) -> None:
        """Note that a submit is about to be sent which could be billed."""

    def answered(self, result: Result, answer: Answer | None) -> None:
        """Note what came of it; None where no answer came."""


class _Forgetful:
    def sent(self, case: Case) -> None:
        """Forget it."""

    def answered(self, result: Result, answer: Answer | None) -> None:
        """Forget it."""


@dataclass(slots=True)
class Run:
    """A run of the suite; iterate over `results()` and read the totals at any time.

    In free mode (`budget.paid` is 0) only what the documentation states must be refused is sent, and the first request
    that is accepted all the same, or whose outcome is unknown, ends the run: `stopped` says so. Else the tasks that
    were started (`paid`) and the submits whose outcome is `unknown` are never more than `budget.paid` together.

    `answers` are those of an interrupted run, by the ids of their cases: they are judged, and their tasks followed,
    without sending the case again. `tell` is told of long waits.
    """

    contract: Contract
    cases: Sequence[Case]
    send: Send
    key: str
    budget: Budget = field(default_factory=Budget)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    requests: int = 0
    paid: int = 0
    unknown: int = 0
    answers: Mapping[str, Answer] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=_Forgetful)
    tell: Callable[[str], None] = lambda _: None
    stopped: str | None = None
    health: Health = field(default_factory=Health)
    started: Started = field(default_factory=Started)
    current: Result | None = None
    """What is known of the case that is being tried."""
    _next: float = 0
    _private: set[str] = field(default_factory=set)
    """The operations of which it is known whom they tell of a task."""

    def planned(self) -> list[Case]:
        """Return the cases that the budget allows to send, in order: first what a correct provider does not bill."""
        if self.budget.paid:
            return sorted(self.cases, key=lambda case: _risky(case) or case.large)
        return [case for case in self.cases if (case.stated and case.cost < 2) or case.id in self.answers]

    def results(self) -> Iterator[Result]:
        """Run the cases, one result each, until the end or until the budget is used up."""
        for case in self.planned():
            if not self._affords(case):
                yield Result(case)
                continue
            before = self.requests
            try:
                result = self.run(case)
            except Stopped as reason:
                assert self.current is not None  # noqa: S101 (set before anything is sent)
                result, self.stopped = self.current, str(reason)
            result.requests = self.requests - before
            if self.stopped is None and result.findings and self.budget.fail_fast:
                self.stopped = "at the first finding"
            yield result

    def _affords(self, case: Case) -> bool:
        if self.stopped is None:
            self.stopped = self.health.stop or self._used_up()
        if self.stopped is not None:
            return False
        return case.id in self.answers or not case.cost or not self.budget.paid or self.spent < self.budget.paid

    @property
    def spent(self) -> int:
        """The tasks that were started, and those that may have been."""
        return self.paid + self.unknown

    def _used_up(self) -> str | None:
        most = self.budget.requests
        return f"the budget of {most} requests is used up" if most is not None and self.requests >= most else None

    def run(self, case: Case) -> Result:
        """Try one case and judge what comes back; follow its task where the case asks for it.

        Raises Stopped where it could not be tried to its end.
        """
        result = self.current = Result(case)
        try:
            answer = self._answer(case, result)
        except Unreachable as problem:
            self.health.silent(str(problem))
            result.settled = result.billed == "unknown"  # to try it again might pay for it again
            result.findings = (Finding(case, None, _doubtful(Deviation("no_answer", str(problem)), result)),)
        else:
            result.settled = self.health.answered(case, answer)
            result.task = task_of(case, answer)
            result.findings = tuple(
                Finding(case, answer, _doubtful(deviation, result), result.task)
                for deviation in (*judge(case, answer), *self.started.add(case, result.task))
            )
        self._halt(result)
        if case.follow and result.task is not None and not result.findings:
            for finding in self.follow(case, result.task):
                result.findings += (finding,)
                result.settled = result.settled and finding.deviation.kind != "no_answer"
        result.outcome = "broken" if result.findings else "kept"
        return result

    def _answer(self, case: Case, result: Result) -> Answer:
        """Return the answer to the case: the one of the interrupted run, or what comes back now."""
        known = self.answers.get(case.id)
        if known is None:
            return self.ask(case.call, case, result)
        result.billed = "yes"
        return known

    def _halt(self, result: Result) -> None:
        """End the run where what must be refused has cost, or may have cost, all that may be spent."""
        case = result.case
        if result.billed == "no" or case.expects.accepted or self.spent < self.budget.paid or case.id in self.answers:
            return
        if result.billed == "unknown":
            self.stopped = f"what came of {case.id} is not known; it may have been billed"
        elif result.task is None:
            self.stopped = f"{case.id} was accepted: it was answered without a task id, and may have been billed"
        else:
            self.stopped = f"{case.id} was accepted and started the task {result.task}"

    def follow(self, case: Case, task_id: str) -> Iterator[Finding]:
        """Poll a task to its end and yield what is wrong on the way. Raises Stopped."""
        cycle = case.operation.task
        assert cycle is not None  # noqa: S101 (only submits are followed)
        poll = self.contract.operation(cycle.poll)
        asked = poll_call(poll.path, cycle.parameter, task_id), poll
        life = Life(case.operation, poll, task_id)
        patience = self.budget.deadline * (cycle.expected(_seconds(case)) + 30) / max(self.budget.interval, 0.01)
        seen: set[str] = set()
        first, state = True, ""
        while not life.ended:
            if life.polls > min(patience, 10_000):
                stuck = Deviation("stuck", f"the task is still {life.state} after {life.polls} polls")
                yield Finding(case, None, stuck, task_id, asked)
                return
            if not first:
                self.sleep(self.budget.interval)
            first = False
            try:
                answer = self.ask(asked[0], case)
            except Unreachable as problem:
                life.fail()
                self.tell(f"asking for the task {task_id} was not answered: {problem}")
                if life.ended:
                    yield Finding(case, None, Deviation("no_answer", str(problem)), task_id, asked)
                continue
            if accepted(answer) and poll.id not in self._private:
                self._private.add(poll.id)
                yield from self._told_to_others(case, task_id, asked)
            for deviation in life.see(answer):
                if deviation.message not in seen:
                    seen.add(deviation.message)
                    yield Finding(case, answer, deviation, task_id, asked)
            if state != (state := life.state):
                self.tell(f"the task {task_id} is {state}")

    def _told_to_others(self, case: Case, task_id: str, asked: tuple[Call, Operation]) -> Iterator[Finding]:
        """Ask for a task without its key, and yield where somebody else is told of it. Raises Stopped."""
        call, poll = asked
        for other in unsigned(replace(case, operation=poll, call=call, source=poll.source), ""):
            try:
                answer = self.ask(call, other)
            except Unreachable as problem:
                self.tell(f"asking for the task {task_id} {other.title} was not answered: {problem}")
                continue
            for deviation in judge(other, answer):
                told = Deviation("unsigned", f"asked for the task {other.title}: {deviation.message}")
                yield Finding(replace(case, signed=other.signed), answer, told, task_id, asked)

    def ask(self, call: Call, case: Case, result: Result | None = None) -> Answer:
        """Send a call at the agreed rate; a 429 is waited out. `result` is told whether the call may be billed.

        Raises Stopped where the requests are used up, or where waiting did not help; Unreachable.
        """
        signed = self.contract.authentication
        headers = {"Content-Type": call.media_type} if call.media_type and call.content is not None else {}
        if case.signed != "none":
            headers[signed.header] = (signed.prefix + OTHER_KEYS.get(case.signed, self.key)).rstrip()
        waits: list[float] = []
        while True:
            if (reason := self._used_up()) is not None:
                raise Stopped(reason)
            self._pace()
            self.requests += 1
            answer = self.send(call, headers) if result is None else self._submit(call, headers, result)
            if answer.status != 429:
                return answer
            wait = pause(answer, waits)
            if wait is None:
                raise Stopped(f"still answered 429 after waiting {sum(waits):.0f} s")
            self.tell(f"waiting {wait:.0f} s (429)")
            waits.append(wait)
            self.sleep(wait)

    def _submit(self, call: Call, headers: dict[str, str], result: Result) -> Answer:
        """Send what may be billed: it counts as such until its answer says otherwise."""
        case = result.case
        if not _billable(case):
            answer = self.send(call, headers)
            if case.cost and accepted(answer):
                self._bill(result, "yes")
                self.ledger.answered(result, answer)
            return answer
        self.ledger.sent(case)
        self._bill(result, "unknown")
        try:
            answer = self.send(call, headers)
        except Unreachable as problem:
            self._bill(result, "unknown" if problem.sent else "no")
            self.ledger.answered(result, None)
            raise
        self._bill(result, "yes" if accepted(answer) else "unknown" if answer.status >= 500 else "no")
        self.ledger.answered(result, answer)
        return answer

    def _bill(self, result: Result, billed: Billed) -> None:
        self.paid += (billed == "yes") - (result.billed == "yes")
        self.unknown += (billed == "unknown") - (result.billed == "unknown")
        result.billed = billed

    def _pace(self) -> None:
        if self.budget.rate:
            wait = self._next - self.now()
            if wait > 0:
                self.sleep(wait)
            self._next = max(self.now(), self._next) + 1 / self.budget.rate


def _risky(case: Case) -> bool:
    """Tell whether a correct provider may bill the case."""
    return case.cost == 2 or (case.cost == 1 and not case.stated)


def _billable(case: Case) -> bool:
    """Tell whether a task could come of the case: it is signed, and its body is one that a video can be made of."""
    return (
        case.cost > 0
        and case.signed == "key"
        and case.call.method == case.operation.method
        and isinstance(_leniently(case.call.content or b""), dict)
    )


def _leniently(content: bytes) -> Any:
    """Return the decoded body as a reader takes it that does not look at the encoding; None where it is no JSON."""
    try:
        return orjson.loads(content.decode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        return None


def _doubtful(deviation: Deviation, result: Result) -> Deviation:
    """Return the deviation; it says so where nobody knows whether the request was billed."""
    if result.billed != "unknown":
        return deviation
    return replace(deviation, message=f"{deviation.message}; {MAY_BE_BILLED}")


def poll_call(path: str, parameter: str, task_id: str) -> Call:
    """Return the call that asks for a task; an id is one part of the path, whatever the server put into it."""
    if "{" + parameter + "}" in path:
        return Call("GET", path.replace("{" + parameter + "}", quote(task_id, safe="")), media_type=None)
    return Call("GET", path, {parameter: task_id}, media_type=None)


def _seconds(case: Case) -> float:
    body = case.call.json
    given = body.get("duration") if isinstance(body, dict) else None
    return float(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else 15.0
