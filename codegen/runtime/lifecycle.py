"""The life of a task, as one table.

Theory. A task begins as a request that nobody but us knows (NEW). Sending it leads to SENT, the one state in which we
do not know what the provider knows. Only an answer leads out of it: ACCEPTED makes it a task (QUEUED), REFUSED ends it,
and NOT_TAKEN, proof that the provider took nothing on, leads back to NEW. Where neither an answer nor a proof came,
LOST ends in UNCERTAIN. Two properties follow from the table alone, and are tested on it:

- a submit is only ever sent from NEW, and the only way back to NEW is NOT_TAKEN: nothing is paid for twice;
- from QUEUED on, every event leads to a state that can be polled or to an end: nothing that was paid for is lost. An
  unknown status word means "still running"; providers add words.

A provider may fall back from RUNNING to QUEUED (a worker died). The ends have no way out: a task that ended
is only asked again for fresh addresses of its result, and whatever it says then, it stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a task stands. The values are also the words of snapshots and journals."""

    NEW = "new"
    SENT = "sent"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen."""
        return not TRANSITIONS[self]


class Event(StrEnum):
    """What moves a task on: what we do, what the answer to a submit proves, and the status word of a poll."""

    SEND = "send"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_TAKEN = "not taken"
    LOST = "lost"
    SAYS_QUEUED = "says queued"
    SAYS_RUNNING = "says running"
    SAYS_UNKNOWN = "says something unknown"
    SAYS_SUCCEEDED = "says succeeded"
    SAYS_FAILED = "says failed"
    SAYS_CANCELED = "says canceled"


_POLLED: Mapping[Event, State] = {
    Event.SAYS_QUEUED: State.QUEUED, Event.SAYS_RUNNING: State.RUNNING, Event.SAYS_UNKNOWN: State.RUNNING,
    Event.SAYS_SUCCEEDED: State.SUCCEEDED, Event.SAYS_FAILED: State.FAILED, Event.SAYS_CANCELED: State.CANCELED,
}  # fmt: skip

TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.NEW: {Event.SEND: State.SENT},
    State.SENT: {
        Event.ACCEPTED: State.QUEUED, Event.REFUSED: State.REFUSED,
        Event.NOT_TAKEN: State.NEW, Event.LOST: State.UNCERTAIN,
    },
    State.QUEUED: _POLLED,
    State.RUNNING: _POLLED,
    State.SUCCEEDED: {}, State.FAILED: {}, State.CANCELED: {}, State.REFUSED: {}, State.UNCERTAIN: {},
}  # fmt: skip


def advance(state: State, event: Event) -> State:
    """Return the next state. Raises RuntimeError for what cannot happen: a mistake of ours, not of the provider."""
    following = TRANSITIONS[state].get(event)
    if following is None:
        raise RuntimeError(f"a task that is {state} cannot be told: {event.value}")
    return following


def said(word: str, statuses: Mapping[str, str]) -> Event:
    """Return what a provider's status word says; a word that the contract does not know means still running."""
    meaning = statuses.get(word)
    return Event.SAYS_UNKNOWN if meaning is None else Event(f"says {meaning}")
