"""Pages about the client that are drawn from its tables: `python -m codegen.emit.docs` writes them into `docs/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from codegen import files
from codegen.runtime import lifecycle, retries
from codegen.runtime.lifecycle import Event, State

DOCS = Path(__file__).parent.parent.parent / "docs"
NOTE = "<!-- Drawn by `python -m codegen.emit.docs` from the table in the code; a test compares. -->\n"


_PACE = """\
A 429 is repeated after what Retry-After asks for (at most 60 s, plus up to a tenth by chance), otherwise after 0.5 s,
doubled each time up to 8 s, spread by chance. A submit is tried three times at most and within a total of 120 s; a wait
ends after ten times the expected time of the model plus a minute; `timeout=None` is no limit, on purpose. When the time
of a submit is up before anything was accepted, or that of a wait before the end, `DeadlineExceeded` is raised: in the
one case there is no task, in the other it goes on. A download goes on by range where the server names a version, as
long as it makes progress; where its address has expired (403, 404, 410) the task is asked for a fresh one, once.

The last poll of a wait is made at most a second before its time is up. A total time ends what an async client polls or
downloads even while headers trickle in; a sync one cannot interrupt itself there, and waits for each piece of the
headers up to `read_timeout`. A submit whose answer has begun to trickle in is not cut off: its id may be paid for.

What interrupts a submit from this side is in doubt too: an exception out of a borrowed HTTP client's hook is raised as
`SubmitOutcomeUnknown`; Ctrl-C and a cancellation carry a note that says what was sent, or the token where it is known,
and that of a cancellation is logged too, since a task group swallows it. A batch that is interrupted, or whose requests
raise, submits nothing more and waits for the answers of the submits that are on their way, so that their ids stand in
the journal; a sync one does so though Ctrl-C comes again, an async one is cut off by the second. Where no HTTP client
can be made (a proxy or certificates in the environment), nothing was sent: `ConfigurationError`.

A batch takes a torn line of its journal, which a kill leaves behind, for a submit in doubt; a line that is not the
beginning of one of its own, as after a change of encoding, ends it with a `ConfigurationError` before anything is sent.

A client makes its HTTP client anew in a forked process and in another event loop, where two would read each other's
answers. A borrowed one is used as it is: give each process, and each event loop, its own.
"""


def pages() -> Mapping[str, str]:
    """Return the pages by their file names."""
    return {"lifecycle.md": _lifecycle(), "submit-safety.md": _submit_safety()}


def _lifecycle() -> str:
    theory = (lifecycle.__doc__ or "").strip()
    drawn = "\n".join(diagram())
    return f"{NOTE}# The life of a task\n\n{theory}\n\n```mermaid\n{drawn}\n```\n"


def diagram() -> Iterator[str]:
    """Yield the lines of a Mermaid state diagram, drawn from the table."""
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.NEW}"
    for state, events in lifecycle.TRANSITIONS.items():
        targets: dict[State, list[str]] = {}
        for event, target in events.items():
            targets.setdefault(target, []).append(event.value)
        for target, names in targets.items():
            yield f"    {state} --> {target}: {', '.join(names)}"
        if state.ended:
            yield f"    {state} --> [*]"


def _submit_safety() -> str:
    lines = [
        f"{NOTE}# When a request is sent again",
        "",
        (retries.__doc__ or "").strip(),
        "",
        "| what happened | for example | a submit | then | a poll or download | why |",
        "|---|---|---|---|---|---|",
    ]
    verdicts = {
        Event.NOT_TAKEN: ("is sent again", ""),
        Event.LOST: ("is not repeated", "`SubmitOutcomeUnknown`"),
        Event.REFUSED: ("is not repeated", "`ProviderError`"),
        Event.ACCEPTED: ("is done", "the task"),
    }
    special = {
        "not connected": "`ConnectionFailed` when it does not help, `DeadlineExceeded` when the time is up",
        "rate limited": "`RateLimited` when it does not help or the time is up",
        "refused": "the `ProviderError` of its code or status",
    }
    for kind, row in retries.SUBMIT_SAFETY.items():
        again = "is sent again" if row.read_again else "is done" if row.event is Event.ACCEPTED else "is not repeated"
        submit, then = verdicts[row.event]
        lines.append(f"| {kind} | {row.example} | {submit} | {special.get(kind, then)} | {again} | {row.why} |")
    lines += [
        "",
        _PACE,
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the pages."""
    files.write(files.changes({DOCS / name: text for name, text in pages().items()}))


if __name__ == "__main__":
    main()
