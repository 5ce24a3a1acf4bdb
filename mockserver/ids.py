"""Task ids that say themselves what they stand for, as UUIDs of version 7.

An id holds when its task was created and what was asked for, and a keyed checksum over both. So any worker on any host
answers for a task without having seen its request, and an id that nobody minted is known as such.

    48 bits  milliseconds since 1970        6 bits  operation      1 bit   1080p rather than 720p
     4 bits  version                        6 bits  seconds        1 bit   sound
     2 bits  variant                        3 bits  outcome       16 bits  serial number
                                                                  41 bits  checksum
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal, NamedTuple, get_args

Outcome = Literal["succeeded", "failed", "waiting", "stuck", "vanished", "expired", "unknown_status", "canceled"]
"""How a task goes: to its end; never started; never ended; forgotten; its result expired at once; in a state that no
client knows."""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_CHECKSUM_BITS: Final = 41
_CHECKSUM: Final = (1 << _CHECKSUM_BITS) - 1
_LOW_BITS: Final = 62
_LOW: Final = (1 << _LOW_BITS) - 1


class Ticket(NamedTuple):
    """What an id says: `operation` is a place in the contract's submits, `created` is in milliseconds since 1970."""

    created: int
    operation: int
    seconds: int
    high_resolution: bool
    sound: bool
    outcome: Outcome
    serial: int


class Mint:
    """Writes and reads ids under one key; workers with the same key read each other's."""

    def __init__(self, key: bytes) -> None:
        self._hash = hashlib.blake2b(digest_size=6, key=hashlib.blake2b(key, digest_size=32).digest())

    def write(self, ticket: Ticket) -> str:
        """Return the id of a ticket."""
        data = (
            ticket.operation << 27
            | ticket.seconds << 21
            | ticket.high_resolution << 20
            | ticket.sound << 19
            | _NUMBERS[ticket.outcome] << 16
            | ticket.serial & 0xFFFF
        )
        free = data << _CHECKSUM_BITS | self._checksum(ticket.created, data)
        bits = ticket.created << 80 | 7 << 76 | free >> _LOW_BITS << 64 | 2 << 62 | free & _LOW
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def read(self, task_id: str) -> Ticket | None:
        """Return what the id says; None for one that was not written under this key."""
        if len(task_id) != 36 or not task_id.isascii():
            return None
        text = task_id.replace("-", "")
        try:
            bits = int(text, 16)
        except ValueError:
            return None
        free = (bits >> 64 & 0xFFF) << _LOW_BITS | bits & _LOW
        created, data = bits >> 80, free >> _CHECKSUM_BITS
        if free & _CHECKSUM != self._checksum(created, data):
            return None
        ticket = Ticket(
            created=created, operation=data >> 27, seconds=data >> 21 & 63, high_resolution=bool(data >> 20 & 1),
            sound=bool(data >> 19 & 1), outcome=OUTCOMES[data >> 16 & 7], serial=data & 0xFFFF,
        )  # fmt: skip
        return ticket if self.write(ticket) == task_id else None

    def _checksum(self, created: int, data: int) -> int:
        keyed = self._hash.copy()
        keyed.update((created << 33 | data).to_bytes(11, "big"))
        return int.from_bytes(keyed.digest(), "big") & _CHECKSUM


_NUMBERS: Final = {outcome: number for number, outcome in enumerate(OUTCOMES)}
