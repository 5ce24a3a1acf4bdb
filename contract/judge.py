"""Judging a case by what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contract.cases import Call, Case
from contract.exchange import Answer, Deviation, first_at, meanings_of, rules_listed, shape, task_id
from specs.checks import Source, places
from specs.model import Contract, Meaning, Operation, Task


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that did not come out as the contract says.

    `poll` is the call and the operation that asked for the case's task, where that is what did not come out.
    """

    case: Case
    answer: Answer | None
    deviation: Deviation
    task: str | None = None
    poll: tuple[Call, Operation] | None = None

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        return self.deviation.message

    @property
    def call(self) -> Call:
        """What was sent."""
        return self.case.call if self.poll is None else self.poll[0]

    @property
    def source(self) -> Source:
        """Where the contract says otherwise."""
        if self.deviation.source != Source():
            return self.deviation.source
        return self.case.source if self.poll is None else self.poll[1].source


def accepted(answer: Answer) -> bool:
    """Tell whether the answer accepts the request."""
    return 200 <= answer.status < 300


def task_of(case: Case, answer: Answer) -> str | None:
    """Return the id of the task that the answer tells of."""
    return task_id(case.operation, answer) if accepted(answer) else None


def judge(case: Case, answer: Answer) -> Iterator[Deviation]:
    """Yield what is wrong with the answer to a case: the verdict first, its form after it."""
    if case.expects.accepted != accepted(answer):
        yield _wrong_verdict(case, answer)
        return
    if answer.status >= 500:
        said = f"answered {answer.status}; the request is at fault, not the server"
        yield Deviation("server_error", said, source=case.source)
        return
    if case.checks == "method" and answer.status >= 400 and not _has_word(case.contract, "method_not_allowed"):
        return  # no page says what it looks like: frameworks answer in their own way
    wrong = list(shape(case.operation, answer, case.contract))
    if case.expects.accepted:
        if answer.warned is not None and answer.warned != case.expects.warned:
            said, meant = named(answer.warned), named(case.expects.warned)
            wrong.append(Deviation("warnings", f"accepted with a warning by {said}; it is odd by {meant}"))
    else:
        wrong += _refusal(case, answer)
    yield from wrong


def _has_word(contract: Contract, meaning: Meaning) -> bool:
    return any(known.meaning == meaning for known in contract.errors.codes)


def _wrong_verdict(case: Case, answer: Answer) -> Deviation:
    if accepted(answer):
        return Deviation("accepted", f"accepted with {answer.status}; it must be {case.expects}", source=case.source)
    if answer.status >= 500:
        return Deviation("server_error", f"answered {answer.status}, a failure of the server", source=case.source)
    listed = rules_listed(case.contract, answer)
    by = f" by {named(listed)}" if listed else ""
    return Deviation("refused", f"refused{by} with {answer.status}; the documentation allows it", source=case.source)


def _refusal(case: Case, answer: Answer) -> Iterator[Deviation]:
    contract = case.contract
    found = meanings_of(contract, answer)
    wanted = [known for meaning in case.expects.meanings if (known := contract.errors.for_meaning(meaning)) is not None]
    allowed = {known.meaning for known in wanted} | set(case.expects.meanings)
    if found and not found & allowed:
        stated = " or ".join(dict.fromkeys(f"{known.code} ({known.status})" for known in wanted))
        said = first_at(answer.json, contract.errors.pointers["code"])
        yield Deviation("error_code", f"refused as {said}; documented is {stated}", source=case.source)
    listed = rules_listed(contract, answer)
    if listed is not None and case.expects.rules and listed != case.expects.rules:
        said, meant = named(listed), named(case.expects.rules)
        yield Deviation("rules", f"refused by {said}; it breaks {meant}", source=case.source)


def named(rules: frozenset[str]) -> str:
    """Return the ids of rules in a sentence."""
    return " and ".join(sorted(rules)) or "no rule"


class Started:
    """The tasks that the submits of a run have started: each is a task of its own."""

    def __init__(self) -> None:
        self._by: dict[str, str] = {}

    def add(self, case: Case, task: str | None) -> Iterator[Deviation]:
        """Note the task of a case; yield what is wrong where another case has started it before."""
        first = self._by.setdefault(task, case.id) if task else case.id
        if first != case.id:
            place = () if case.operation.task is None else (case.operation.task.submitted["id"],)
            yield Deviation("task_id", f"answered with the task {task!r}, which {first} had started", place)


# --- the life of a task -------------------------------------------------------------------------------

_FAILURES = 3
"""So many polls that fail one after another end the following: one alone may be a gateway's moment."""
_ORDER = {"queued": 0, "running": 1, "succeeded": 2, "failed": 2, "canceled": 2}


class Life:
    """What has been seen of one task; each poll's answer is judged in the light of those before.

    Without a `task_id` it is any task's.
    """

    def __init__(self, operation: Operation, poll: Operation, task_id: str | None) -> None:
        assert operation.task is not None  # noqa: S101 (followed are tasks only)
        self.cycle: Task = operation.task
        self.poll, self.task_id = poll, task_id
        self.state = "queued"
        self.polls = 0
        self.ended = False
        self.words: list[str] = []
        self.progress: float = 0
        self._failures = 0

    def fail(self) -> None:
        """Note that a poll was not answered, or by a failure of the server."""
        self._failures += 1
        self.ended = self._failures >= _FAILURES

    def see(self, answer: Answer) -> Iterator[Deviation]:
        """Yield what is wrong with a poll's answer."""
        self.polls += 1
        if not accepted(answer):
            if answer.status >= 500:
                self.fail()
            else:
                self.ended = True
            yield Deviation("poll", f"asking for the task was answered {answer.status}")
            return
        self._failures = 0
        yield from shape(self.poll, answer)
        body = answer.json
        yield from self._identity(body)
        yield from self._status(body)
        yield from self._numbers(body)
        if self.state == "succeeded":
            yield from self._result(body)

    def _at(self, body: Any, quantity: str) -> Any:
        pointer = self.cycle.polled.get(quantity)
        for variant in self.cycle.variants.values():
            if first_at(body, pointer or "") is None:
                pointer = variant.polled.get(quantity, pointer)
        return first_at(body, pointer or "")

    def _identity(self, body: Any) -> Iterator[Deviation]:
        if "id" in self.cycle.polled and self.task_id is not None:
            found = self._at(body, "id")
            if found != self.task_id:
                yield Deviation("task_id", f"asked for {self.task_id!r}, told of {found!r}", (self.cycle.polled["id"],))

    def _status(self, body: Any) -> Iterator[Deviation]:
        word = self._at(body, "status")
        if word is not None and word not in self.words:
            self.words.append(str(word))
        state = self.cycle.state(word) if isinstance(word, str) else None
        if state is None:
            known = ", ".join(self.cycle.statuses)
            self.ended = True
            yield Deviation(
                "status_word", f"the status {word!r} is not documented ({known})", (self.cycle.polled["status"],)
            )
            return
        if _ORDER[state] < _ORDER[self.state]:
            yield Deviation("status_order", f"the task went from {self.state} back to {state}")
        self.state, self.ended = state, _ORDER[state] == 2
        if state in ("failed", "canceled"):
            yield Deviation("failed", f"the task {state}: {self._at(body, 'reason') or 'no reason is given'}")

    def _numbers(self, body: Any) -> Iterator[Deviation]:
        progress = self._at(body, "progress")
        if not isinstance(progress, (int, float)) or isinstance(progress, bool):
            return
        place = (self.cycle.polled["progress"],)
        if not 0 <= progress <= 100:
            yield Deviation("progress", f"the progress is {progress}", place)
        elif progress < self.progress:
            yield Deviation("progress", f"the progress fell from {self.progress} to {progress}", place)
        self.progress = max(self.progress, progress)

    def _result(self, body: Any) -> Iterator[Deviation]:
        pointer = self.cycle.polled["video"]
        videos = [value for _, value in places(body, pointer)]
        if not videos or not all(
            isinstance(video, str) and video.startswith(("http://", "https://")) for video in videos
        ):
            yield Deviation("video", f"the task succeeded without the URL of a video at {pointer}", (pointer,))
        for quantity in ("video_ttl", "video_type"):
            if quantity in self.cycle.polled and videos and self._at(body, quantity) is None:
                place = self.cycle.polled[quantity]
                yield Deviation("missing", f"`{place}` is documented and not there", (place,))
