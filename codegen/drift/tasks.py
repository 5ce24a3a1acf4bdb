"""The life of a task in two states: where it is told, in which words, and how long it takes and lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.drift import wording
from codegen.drift.change import Change
from specs import english
from specs.model import Task

Statuses = Mapping[str, str]


def compare_tasks(old: Task | None, new: Task | None) -> Iterator[Change]:
    """Yield what changed about the task that an operation starts."""
    if old is None or new is None:
        if old is not new:
            kind, said = (
                ("task-added", "starts a task now") if old is None else ("task-removed", "starts no task any more")
            )
            yield Change(kind, "", f"the operation {said}")
        return
    if (old.poll, old.parameter) != (new.poll, new.parameter):
        one, other = (wording.code(f"{task.poll}({task.parameter})") for task in (old, new))
        yield Change("task-poll-changed", "", f"a task is polled by {other}, was by {one}", old=old.poll, new=new.poll)
    yield from compare_places("task-place-changed", "task-place-added", "the submitted task's", old.submitted,
                              new.submitted)  # fmt: skip
    yield from compare_places("task-place-changed", "task-place-added", "the task's", old.polled, new.polled)
    yield from _words(old, new)
    yield from _variants(old, new)
    if (old.video, old.heights) != (new.video, new.heights):
        yield Change("task-video-changed", "", "the video's parameters or sizes are others",
                     old=[dict(old.video), dict(old.heights)], new=[dict(new.video), dict(new.heights)])  # fmt: skip
    yield from _times(old, new)


def compare_places(
    changed: str, added: str, whose: str, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[Change]:
    """Yield the quantities whose pointers changed; one that is gone has changed, for programs read it."""
    for name in old:
        if old[name] != new.get(name):
            was = wording.code(old[name])
            said = (
                f"stands at {wording.code(new[name])}, was at {was}" if name in new else f"is not told any more ({was})"
            )
            yield Change(changed, name, f"{whose} {name} {said}", old=old[name], new=new.get(name))
    for name in new:
        if name not in old:
            said = f"{whose} {name} stands at {wording.code(new[name])}, was not told"
            yield Change(added, name, said, new=new[name])


def _words(old: Task, new: Task) -> Iterator[Change]:
    """Yield the status words that changed; those of a variant that came or went are told with the variant."""
    before, after = _all_words(old), _all_words(new)
    for word, state in before.items():
        if word in after and after[word] != state:
            yield _status("task-status-changed", word, f"means {after[word]}, meant {state}", state, after[word])
        elif word not in after and word in _all_words(old, new):
            yield _status("task-status-removed", word, f"is gone ({state})", state, None)
    for word, state in _all_words(new, old).items():
        if word not in before:
            yield _status("task-status-added", word, f"is new: {state}", None, state)
    if old.statuses != new.statuses and before == after:
        one, other = (english.listing(map(wording.code, task.statuses)) for task in (old, new))
        yield Change("task-status-added", "", f"the words {other} are the usual ones, were {one}",
                     old=list(old.statuses), new=list(new.statuses))  # fmt: skip


def _all_words(task: Task, other: Task | None = None) -> Statuses:
    """Return every status word with what it means, of the usual answers and variants; of those that `other` has too."""
    found: dict[str, str] = dict(task.statuses)
    for name, variant in task.variants.items():
        if other is None or name in other.variants:
            found = {**variant.statuses, **found}
    return found


def _status(kind: str, word: str, said: str, old: Any, new: Any) -> Change:
    return Change(kind, word, f"the status {wording.code(word)} {said}", location="response", old=old, new=new)


def _variants(old: Task, new: Task) -> Iterator[Change]:
    for name, variant in old.variants.items():
        if name in new.variants:
            whose = f"the task's (in the {wording.code(name)} answers)"
            yield from compare_places("task-place-changed", "task-place-added", whose, variant.polled,
                                      new.variants[name].polled)  # fmt: skip
        else:
            said = f"the {wording.code(name)} answers are gone, with {_listed(variant.statuses)}"
            yield Change("task-variant-removed", name, said, location="response", old=dict(variant.statuses))
    for name, variant in new.variants.items():
        if name not in old.variants:
            said = f"a task can be told in the {wording.code(name)} answers, with {_listed(variant.statuses)}"
            yield Change("task-variant-added", name, said, location="response", new=dict(variant.statuses))


def _listed(statuses: Statuses) -> str:
    return "the words " + english.listing(map(wording.code, statuses))


def _times(old: Task, new: Task) -> Iterator[Change]:
    """Yield other times; what a task is expected to take is a guess of ours."""
    one, other = ((task.expected_base, task.expected_per_second) for task in (old, new))
    if one != other:
        said = f"a video of 5 s is guessed to take {new.expected(5):g} s, was {old.expected(5):g} s"
        yield Change("task-time-changed", "", said, old=list(one), new=list(other))
    if old.result_ttl != new.result_ttl:
        shorter = old.result_ttl is not None and new.result_ttl is not None and new.result_ttl < old.result_ttl
        now, was = (
            "as long as nobody says" if ttl is None else f"{ttl:g} s" for ttl in (new.result_ttl, old.result_ttl)
        )
        kind = "task-lifetime-shortened" if shorter else "task-time-changed"
        said = f"the result can be fetched for {now}, was {was}"
        yield Change(kind, "", said, old=old.result_ttl, new=new.result_ttl)
