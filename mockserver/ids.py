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
import struct
from typing import Final, Literal, NamedTuple, get_args

Outcome = Literal["succeeded", "failed", "waiting", "stuck", "vanished", "expired", "unknown_status", "canceled"]
"""How a task goes: to its end; never started; never ended; forgotten; its result expired at once; in a state that no
client knows."""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_CHECKSUM_BITS: Final = 41
_CHECKSUM: Final = (1 << _CHECKSUM_BITS) - 1
_SPLIT: Final = 21
"""Of the 33 bits that say what was asked for, the upper 12 stand in the first half of the id."""

_LOW_DATA: Final = (1 << _SPLIT) - 1
_HALVES: Final = struct.Struct(">QQ")
_NUMBER: Final = struct.Struct(">Q")


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
    """Writes and reads ids under one key; workers with the same key read each other's.

    The key has to say which operations there are, and in what order: an id names one by its place.
    """

    def __init__(self, key: bytes) -> None:
        self._hash = hashlib.blake2b(digest_size=8, key=hashlib.blake2b(key, digest_size=32).digest())

    def write(
        self, created: int, operation: int, seconds: int, high: bool, sound: bool, outcome: Outcome, serial: int
    ) -> str:
        """Return the id of a ticket, whose parts these are."""
        asked = operation << 27 | seconds << 21 | high << 20 | sound << 19
        data = asked | _NUMBERS[outcome] << 16 | serial & 0xFFFF
        front = created << 16 | 7 << 12 | data >> _SPLIT
        back = 2 << 62 | (data & _LOW_DATA) << _CHECKSUM_BITS | self._checksum(created, data)
        text = _HALVES.pack(front, back).hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def read(self, task_id: str) -> Ticket | None:
        """Return what the id says; None for one that was not written under this key."""
        if len(task_id) != 36 or not task_id.isascii():
            return None
        try:
            high, low = _HALVES.unpack(bytes.fromhex(task_id.replace("-", "")))
        except (ValueError, struct.error):
            return None
        created = high >> 16
        data = (high & 0xFFF) << _SPLIT | low >> _CHECKSUM_BITS & _LOW_DATA
        if low & _CHECKSUM != self._checksum(created, data):
            return None
        ticket = Ticket(
            created=created, operation=data >> 27, seconds=data >> 21 & 63, high_resolution=bool(data >> 20 & 1),
            sound=bool(data >> 19 & 1), outcome=OUTCOMES[data >> 16 & 7], serial=data & 0xFFFF,
        )  # fmt: skip
        return ticket if self.write(*ticket) == task_id else None

    def _checksum(self, created: int, data: int) -> int:
        keyed = self._hash.copy()
        keyed.update(_HALVES.pack(created, data))
        found: int = _NUMBER.unpack(keyed.digest())[0]
        return found & _CHECKSUM


_NUMBERS: Final = {outcome: number for number, outcome in enumerate(OUTCOMES)}
