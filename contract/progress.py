"""A run that can be interrupted: what was sent, what was answered and what was found, one JSON line each.

`sent` is written before a submit that may be billed, `answered` right after, with the answer where a task was started;
`done` has all that was found. Who goes on follows such tasks and does not start them again; a submit whose outcome is
not known counts as billed, is a finding, and is not sent again.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from contract.cases import Call, Case
from contract.exchange import Answer, Deviation
from contract.judge import Finding
from contract.runner import MAY_BE_BILLED, Result
from contract.shown import Mask
from specs.checks import Source
from specs.errors import ReelspecError

_KIND = "state of reelspec verify, 2"
_KEPT = 2000
"""Bytes of an answer that are kept as evidence."""


class Progress:
    """The state of a run in a file, which is locked meanwhile; without a file it remembers nothing.

    Of `cases`, `results` has those that are done, or of which it is not known whether they were billed, and `answers`
    those whose task was started and not followed to its end; both only where case and expectation are the same as then.
    `paid` and `unknown` count what all runs on this file have started, or may have. Raises ReelspecError where the file
    is in use, damaged, or of another provider or address.
    """

    def __init__(self, path: Path | None, provider: str, base_url: str, cases: Sequence[Case], mask: Mask) -> None:
        self.path, self._mask = path, mask
        self.results: dict[str, Result] = {}
        self.answers: dict[str, Answer] = {}
        self.paid = self.unknown = 0
        self._file: IO[str] | None = None
        self._known = {case.id: case for case in cases}
        if path is not None:
            self._file = _locked(path)
            try:
                self._open(path, {"kind": _KIND, "provider": provider, "base_url": base_url})
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    # --- writing --------------------------------------------------------------------------------------

    def sent(self, case: Case) -> None:
        """Note that a submit is about to be sent which could be billed."""
        if self._file is None:
            return
        self._append({"event": "sent", **_named(case)})

    def answered(self, result: Result, answer: Answer | None) -> None:
        """Note what came of it."""
        if self._file is None:
            return
        entry = {"event": "answered", **_named(result.case), "billed": result.billed}
        if answer is not None and result.billed == "yes":
            entry["answer"] = {"status": answer.status, **_written(self._mask.data(answer.body))}
        self._append(entry)

    def add(self, result: Result) -> None:
        """Note a result; a case that was not tried to its end, or of which nothing is known, is tried again."""
        if self._file is not None and result.outcome != "skipped" and result.settled:
            found = [self._finding(finding) for finding in result.findings]
            told = {"outcome": result.outcome, "task": self._masked(result.task), "billed": result.billed}
            self._append({"event": "done", **_named(result.case), **told, "findings": found})

    def _finding(self, finding: Finding) -> dict[str, Any]:
        deviation, answer, poll, kept = finding.deviation, finding.answer, None, None
        if finding.poll is not None:
            call, operation = finding.poll
            query = {name: self._mask(value) for name, value in call.query.items()}
            poll = {"operation": operation.id, "path": self._mask(call.path), "query": query}
        if answer is not None:
            kept = {"status": answer.status, **_written(self._mask.data(answer.body)[:_KEPT])}
        return {
            "kind": deviation.kind, "message": self._mask(deviation.message), "places": list(deviation.places),
            "source": asdict(deviation.source), "task": self._masked(finding.task), "poll": poll, "answer": kept,
            "signed": finding.case.signed,
        }  # fmt: skip

    def _masked(self, text: str | None) -> str | None:
        return None if text is None else self._mask(text)

    def _append(self, entry: Mapping[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 (looked at by the callers)
        try:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as problem:
            raise ReelspecError(str(self.path), problem.strerror or "cannot be written", "give another file") from None

    # --- reading --------------------------------------------------------------------------------------

    def _open(self, path: Path, head: Mapping[str, str]) -> None:
        assert self._file is not None  # noqa: S101 (opened by the caller)
        entries = _entries(self._file, path)
        if not entries:
            self._append(head)
            return
        if entries[0] != head:
            known = {name: entries[0].get(name) for name in ("provider", "base_url")}
            raise ReelspecError(str(path), f"belongs to a run against {known}", "give another file, or remove it")
        waiting: set[str] = set()
        for number, entry in enumerate(entries[1:], 2):
            try:
                self._take(entry, waiting)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise ReelspecError(
                    str(path), f"line {number} is no entry of a state", "give another file, or remove the line"
                ) from None
        self.unknown += len(waiting)

    def _take(self, entry: Mapping[str, Any], waiting: set[str]) -> None:
        event, name, printed = entry["event"], entry["case"], entry["hash"]
        if not isinstance(name, str) or not isinstance(printed, str):
            raise TypeError(entry)
        if event == "sent":
            self.unknown += name in waiting
            waiting.add(name)
        elif event == "answered":
            waiting.discard(name)
            self.paid += entry["billed"] == "yes"
            self.unknown += entry["billed"] == "unknown"
        elif event != "done":
            raise ValueError(event)
        case = self._known.get(name)
        if case is None or printed != fingerprint(case):
            return
        if event == "done":
            self.results[name] = self._result(case, entry)
            self.answers.pop(name, None)
        elif event == "sent" or entry["billed"] == "unknown":
            self.results[name] = _interrupted(case)
        else:
            self.results.pop(name, None)
            if entry.get("answer") is not None:
                self.answers[name] = _answer(entry["answer"])

    def _result(self, case: Case, entry: Mapping[str, Any]) -> Result:
        if entry["outcome"] not in ("kept", "broken") or entry["billed"] not in ("no", "yes", "unknown"):
            raise ValueError(entry)
        found = tuple(_restored(case, known) for known in entry["findings"])
        return Result(case, entry["outcome"], found, task=entry["task"], billed=entry["billed"])


def fingerprint(case: Case) -> str:
    """Return what changes when the case, or what is expected of it, changes."""
    call, expects = case.call, case.expects
    told = (
        call.method, call.path, sorted(call.query.items()), call.media_type, case.signed, case.follow,
        expects.accepted, expects.meanings, sorted(expects.rules), str(case.source),
    )  # fmt: skip
    return hashlib.sha256(repr(told).encode() + b"\0" + (call.content or b"")).hexdigest()[:16]


def _named(case: Case) -> dict[str, Any]:
    return {"case": case.id, "hash": fingerprint(case)}


def _locked(path: Path) -> IO[str]:
    """Open the file for reading and appending, for this run alone."""
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644), "r+", encoding="utf-8")
    except OSError as problem:
        raise ReelspecError(str(path), problem.strerror or "cannot be opened", "give another file") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ReelspecError(str(path), "is in use by another run", "wait for it, or give another file") from None
    return file


def _entries(file: IO[str], path: Path) -> list[dict[str, Any]]:
    """Return what stands in the file; a last line that a killed run did not complete is cut off."""
    try:
        content = file.read()
        whole = content[: content.rfind("\n") + 1]
        if whole != content:
            os.truncate(file.fileno(), len(whole.encode()))
            file.seek(0, os.SEEK_END)
        entries = [json.loads(line) for line in whole.split("\n") if line]
    except ValueError as problem:
        raise ReelspecError(str(path), f"is no state of a run ({problem})", "give another file") from None
    except OSError as problem:
        raise ReelspecError(str(path), problem.strerror or "cannot be read", "give another file") from None
    if not all(isinstance(entry, dict) for entry in entries):
        raise ReelspecError(str(path), "is no state of a run", "give another file")
    return entries


def _written(body: bytes) -> dict[str, str]:
    """Return bytes as JSON carries them: as text where they are text."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _answer(entry: Mapping[str, Any]) -> Answer:
    body = entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])
    return Answer(int(entry["status"]), body)


def _interrupted(case: Case) -> Result:
    """Return what is known of a submit that was sent, and then the run ended."""
    lost = Deviation("no_answer", f"the run was interrupted before its answer was kept; {MAY_BE_BILLED}")
    return Result(case, "broken", (Finding(case, None, lost),), billed="unknown")


def _restored(case: Case, entry: Mapping[str, Any]) -> Finding:
    deviation = Deviation(
        str(entry["kind"]), str(entry["message"]), tuple(map(str, entry["places"])), Source(**entry["source"])
    )
    answer = None if entry["answer"] is None else _answer(entry["answer"])
    asked = entry["poll"]
    if asked is None:
        return Finding(case, answer, deviation, entry["task"])
    poll, case = case.contract.operation(asked["operation"]), replace(case, signed=entry.get("signed", case.signed))
    call = Call("GET", asked["path"], asked["query"], media_type=None)
    return Finding(case, answer, deviation, entry["task"], (call, poll))
