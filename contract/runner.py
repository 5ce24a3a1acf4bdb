"""Running the suite against a base URL, within a budget of requests and of tasks that are paid for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Literal, Protocol

from contract.cases import WRONG_KEY, Call, Case
from contract.exchange import Answer, Deviation
from contract.judge import Finding, Life, accepted, judge, task_of
from specs.model import Contract

Outcome = Literal["kept", "broken", "skipped"]
_WAITS = 5
"""How often a 429 is waited out before it is taken for the answer."""
_HOUR = 3600.0


class Send(Protocol):
    """Sends a signed request and returns the answer; raises Unreachable where there is none."""

    def __call__(self, call: Call, headers: dict[str, str]) -> Answer:
        """Send the call with these headers."""


class Unreachable(Exception):  # noqa: N818 - it tells what the server is
    """No answer came; the message says why."""


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
    """What came of one case."""

    case: Case
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    task: str | None = None


@dataclass(slots=True)
class Run:
    """A run of the suite; iterate over `results()` and read the totals at any time.

    In free mode (`budget.paid` is 0) only what the documentation states must be refused is sent, and the first request
    that is accepted all the same ends the run: `stopped` says so.
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
    stopped: str | None = None
    _next: float = 0

    def planned(self) -> list[Case]:
        """Return the cases that the budget allows to send, in order."""
        if self.budget.paid:
            return list(self.cases)
        return [case for case in self.cases if not case.expects.accepted and (case.stated or case.cost == 0)]

    def results(self) -> Iterator[Result]:
        """Run the cases, one result each, until the end or until the budget is used up."""
        for case in self.planned():
            if self._exhausted(case):
                yield Result(case, "skipped")
                continue
            before = self.requests
            result = self.run(case)
            result.requests = self.requests - before
            if result.findings and self.budget.fail_fast and self.stopped is None:
                self.stopped = "at the first finding"
            yield result

    def _exhausted(self, case: Case) -> bool:
        if self.stopped is None and self.budget.requests is not None and self.requests >= self.budget.requests:
            self.stopped = f"the budget of {self.budget.requests} requests is used up"
        if self.stopped is not None:
            return True
        risky = case.cost == 2 or (case.cost == 1 and not case.stated)
        return risky and self.paid >= self.budget.paid

    def run(self, case: Case) -> Result:
        """Send one case and judge what comes back; follow its task where the case asks for it."""
        try:
            answer = self.ask(case.call, case)
        except Unreachable as problem:
            return Result(case, "broken", (Finding(case, None, Deviation("no_answer", str(problem))),))
        found = [Finding(case, answer, deviation, task_of(case, answer)) for deviation in judge(case, answer)]
        task = task_of(case, answer)
        if case.operation.task is not None and accepted(answer):
            self.paid += 1
            if not case.expects.accepted and self.paid > self.budget.paid:
                self.stopped = f"{case.id} was accepted and started the task {task}"
        if case.follow and task is not None and not found:
            found += self.follow(case, task)
        return Result(case, "broken" if found else "kept", tuple(found), task=task)

    def follow(self, case: Case, task_id: str) -> Iterator[Finding]:
        """Poll a task to its end and yield what is wrong on the way."""
        cycle = case.operation.task
        assert cycle is not None  # noqa: S101 (only submits are followed)
        poll = self.contract.operation(cycle.poll)
        call = poll_call(poll.path, cycle.parameter, task_id)
        life = Life(case.operation, poll, task_id)
        patience = self.budget.deadline * (cycle.expected(_seconds(case)) + 30) / max(self.budget.interval, 0.01)
        seen: set[str] = set()
        while not life.ended:
            if life.polls > min(patience, 10_000):
                yield Finding(
                    case, None, Deviation("stuck", f"the task is still {life.state} after {life.polls} polls"), task_id
                )
                return
            if life.polls:
                self.sleep(self.budget.interval)
            try:
                answer = self.ask(call, case)
            except Unreachable as problem:
                yield Finding(case, None, Deviation("no_answer", str(problem)), task_id)
                return
            for deviation in life.see(answer):
                if deviation.message not in seen:
                    seen.add(deviation.message)
                    yield Finding(case, answer, deviation, task_id)

    def ask(self, call: Call, case: Case) -> Answer:
        """Send a call at the agreed rate; a 429 is waited out as Retry-After says."""
        signed = self.contract.authentication
        headers = {"Content-Type": call.media_type} if call.media_type and call.content is not None else {}
        if case.signed != "none":
            headers[signed.header] = signed.prefix + (self.key if case.signed == "key" else WRONG_KEY)
        for _ in range(_WAITS):
            self._pace()
            self.requests += 1
            answer = self._masked(self.send(call, headers))
            if answer.status != 429:
                break
            self.sleep(retry_after(answer))
        return answer

    def _masked(self, answer: Answer) -> Answer:
        """Return the answer without the API key, which a server may repeat; what came back is shown and written."""
        key = self.key.encode()
        return replace(answer, body=answer.body.replace(key, b"***")) if key and key in answer.body else answer

    def _pace(self) -> None:
        if self.budget.rate:
            wait = self._next - self.now()
            if wait > 0:
                self.sleep(wait)
            self._next = max(self.now(), self._next) + 1 / self.budget.rate


def poll_call(path: str, parameter: str, task_id: str) -> Call:
    """Return the call that asks for a task."""
    if "{" + parameter + "}" in path:
        return Call("GET", path.replace("{" + parameter + "}", task_id), media_type=None)
    return Call("GET", path, {parameter: task_id}, media_type=None)


def retry_after(answer: Answer) -> float:
    """Return the seconds that the answer asks to wait, by its Retry-After in seconds or as a date; 1 where unsaid.

    An hour at most; a date is read beside the answer's own Date, so that no two clocks are compared.
    """
    stated = answer.headers.get("retry-after", "")
    if stated.isdigit():
        return min(_HOUR, float(stated))
    try:
        until, sent = parsedate_to_datetime(stated), parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return 1.0
    return min(_HOUR, max(1.0, (until - sent).total_seconds()))


def _seconds(case: Case) -> float:
    body = case.call.json
    given = body.get("duration") if isinstance(body, dict) else None
    return float(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else 15.0
