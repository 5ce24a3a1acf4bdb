"""When a request may be repeated.

A submit costs money, and no provider here takes an idempotency key. So it is repeated only on proof that the provider
took nothing on; in doubt the doubt is reported (`SubmitOutcomeUnknown`). Reading changes nothing and is repeated
freely.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from .effects import Answer, Failure
from .lifecycle import Event

Outcome = Literal[
    "not connected", "timed out", "disconnected", "accepted", "rate limited", "refused", "server error", "redirect",
    "elsewhere",
]  # fmt: skip


class Row(NamedTuple):
    """One row of the submit-safety table: what happened, what it proves, whether a poll is repeated after it."""

    example: str
    event: Event
    read_again: bool
    why: str


SUBMIT_SAFETY: Mapping[Outcome, Row] = {
    "not connected": Row("connection refused, DNS error, TLS error, connect or pool time-out", Event.NOT_TAKEN, True,
                         "not one byte of the request left"),
    "rate limited": Row("429", Event.NOT_TAKEN, True, "the provider says that it did not take it"),
    "timed out": Row("no answer in time after sending", Event.LOST, True, "it may be at work already"),
    "disconnected": Row("the connection broke after sending began", Event.LOST, True, "it may have arrived"),
    "server error": Row("500, 502, 503, 504", Event.LOST, True, "a gateway may fail after the work was taken on"),
    "redirect": Row("301, 302, 307, 308", Event.REFUSED, False, "not followed: the key stays with its own origin"),
    "elsewhere": Row("303 and every other 3xx", Event.LOST, False, "303 says that the answer stands elsewhere"),
    "refused": Row("400, 401, 402, 403, 404, 422", Event.REFUSED, False, "the provider says what is wrong"),
    "accepted": Row("2xx with a task id", Event.ACCEPTED, False, "a 2xx without an id counts as no answer"),
}  # fmt: skip


def outcome(reply: Answer | Failure) -> Outcome:
    """Classify a reply."""
    if isinstance(reply, Failure):
        return reply.kind
    if reply.status == 429:
        return "rate limited"
    if reply.status >= 500:
        return "server error"
    if reply.status >= 400:
        return "refused"
    return "accepted" if reply.status < 300 else "redirect" if reply.status in (301, 302, 307, 308) else "elsewhere"


def backoff(attempt: int, chance: float, *, first: float = 0.5, cap: float = 8.0) -> float:
    """Return the seconds before the next attempt: doubled each time, capped, spread by `chance` in 0..1."""
    return float(min(cap, first * 2.0**attempt) * (0.5 + chance / 2))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds of a Retry-After header (a number or an HTTP date), or None where there is none to read."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text)) if text.replace(".", "", 1).isdigit() else _until(text, now or datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):  # the library raises each of them for dates that are none
        return None


def _until(text: str, now: datetime) -> float:
    from email.utils import parsedate_to_datetime  # dates are rare

    moment = parsedate_to_datetime(text)
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def pause(reply: Answer | Failure, attempt: int, chance: float, cap: float = 60.0) -> float:
    """Return how long to wait before repeating: what the provider asks for (capped, plus up to a tenth), or backoff."""
    asked = retry_after(reply.headers) if isinstance(reply, Answer) else None
    return backoff(attempt, chance) if asked is None else min(asked, cap) * (1 + chance / 10)
