"""How long a 429 is waited out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from contract.exchange import Answer

_HOUR = 3600.0
_TIMES = 5
"""How often a stated Retry-After is kept."""
_PATIENCE = 90.0
"""Seconds in all that are waited where nothing is stated: limits are counted by the minute."""


def pause(answer: Answer, before: Sequence[float]) -> float | None:
    """Return the seconds to wait after a 429, given the waits before; None where it is taken for the answer.

    By Retry-After, or twice as long each time.
    """
    stated, doubled = retry_after(answer), 2.0 ** len(before)
    if stated:
        return max(stated, doubled) if len(before) < _TIMES else None
    left = _PATIENCE - sum(before)
    return min(doubled, left) if left > 0 else None


def retry_after(answer: Answer, now: datetime | None = None) -> float | None:
    """Return the seconds that the answer asks to wait, an hour at most; None where it says nothing that can be read.

    A date is read beside the answer's own Date, so that no two clocks are compared; without one beside `now`.
    """
    stated = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", stated):
        return min(_HOUR, float(stated))
    until = _moment(stated)
    if until is None:
        return None
    sent = _moment(answer.headers.get("date", "")) or now or datetime.now(UTC)
    return min(_HOUR, max(1.0, (until - sent).total_seconds()))


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
