"""Faults: deliberate misbehaviour as data. The engine chooses one, the adapters perform what concerns the connection.

A fault is scripted with `faults.add("status", status=503, times=2)`, in a scenario file, or for one request by the
header `X-Mock-Fault: status=503` or by the words `mock:status=503` in a prompt.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal, get_args

from mockserver.http import Delivery, Reply, Request
from mockserver.ids import Outcome
from specs.errors import ReelspecError
from specs.model import MEANINGS, Meaning

Refusal = Literal["status", "rate_limited", "refuse"]
Silence = Literal["reset_before", "hang_before"]
Spoiling = Literal["delay", "drip", "truncate", "garbage", "html", "reset_after", "hang_after"]
Fate = Literal["fail", "stuck", "waiting", "vanish", "expire", "unknown_status", "cancel", "slow"]
Notice = Literal["webhook_lost", "webhook_repeated"]
Kind = Refusal | Silence | Spoiling | Fate | Notice
On = Literal["submit", "poll", "result", "any"]
FaultState = Iterable[tuple[dict[str, Any], int, int]]
"""What is scripted and what became of it so far: each fault's members, the requests that passed it, what is left."""

REFUSALS, SILENCES, SPOILINGS = get_args(Refusal), get_args(Silence), get_args(Spoiling)
FATES, NOTICES = get_args(Fate), get_args(Notice)
KINDS: Final[tuple[str, ...]] = (*REFUSALS, *SILENCES, *SPOILINGS, *FATES, *NOTICES)
HEADER: Final = b"x-mock-fault"
FAILURE: Final = "The video could not be generated."

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "fail": "failed", "stuck": "stuck", "waiting": "waiting", "vanish": "vanished", "expire": "expired",
    "unknown_status": "unknown_status", "cancel": "canceled",
}  # fmt: skip
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("status", "body"), "html": ("status",), "rate_limited": ("seconds",), "refuse": ("meaning",),
    "delay": ("seconds",), "drip": ("seconds",), "fail": ("reason",), "slow": ("pace",),
}  # fmt: skip
"""The options of the kinds that have some; the first one stands after `=` in the short form."""

_SHORT: Final = re.compile(r"([a-z_]+)(?:=(.+))?")
_MAGIC: Final = re.compile(r"\bmock:([a-z_]+(?:=\w+(?:\.\w+)*)?)")
"""A word in a sentence, which may end there."""

_HTML: Final = b"<html><body><h1>Bad gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour and whom it befalls.

    `status` and `body` are of a `status` fault, `status` of an `html` one too, `meaning` of a `refuse` fault; `seconds`
    is the length of a delay or of the pause between the parts of a drip, or what a 429 says in Retry-After; `reason` is
    why a task fails; `pace` is how many times as long a slow task takes. It befalls the operations named by `on` and
    `operation` (an operationId), with that `probability`, from the request after the first `after` on, `times` times
    (None: for ever).
    """

    kind: Kind
    status: int = 503
    body: str | None = None
    meaning: Meaning = "invalid_request"
    seconds: float = 1
    reason: str = FAILURE
    pace: float = 10
    on: On = "any"
    operation: str | None = None
    probability: float = 1
    after: int = 0
    times: int | None = None

    def befalls(self, operation: str, of: On) -> bool:
        """Tell whether the fault is for requests of that operation; fates and notices are for submits alone."""
        if of != "submit" and (self.kind in FATES or self.kind in NOTICES):
            return False
        return self.on in ("any", of) and self.operation in (None, operation)

    @property
    def outcome(self) -> Outcome:
        """How a task goes that the fault befalls."""
        return _OUTCOMES.get(self.kind, "succeeded")

    @property
    def slowness(self) -> float:
        """How many times as long a task takes."""
        return self.pace if self.kind == "slow" else 1

    def silent(self) -> Reply:
        """Return what stands for no answer at all, to a request that was not accepted."""
        return Reply(0, b"", delivery=Delivery(reset=self.kind == "reset_before", hang=self.kind == "hang_before"))

    def spoil(self, reply: Reply) -> Reply:
        """Return the answer to an accepted request as the fault leaves it."""
        if self.kind == "html":
            return Reply(502 if self.status == 503 else self.status, _HTML, ((b"content-type", b"text/html"),))
        if self.kind == "garbage":
            return Reply(reply.status, reply.body[: len(reply.body) * 2 // 3] + b"\xff\xfe}", reply.headers)
        if self.kind in SPOILINGS:
            reply.delivery = Delivery(
                delay=self.seconds if self.kind == "delay" else 0, drip=self.seconds if self.kind == "drip" else 0,
                cut=0.5 if self.kind == "truncate" else None, reset=self.kind == "reset_after",
                hang=self.kind == "hang_after",
            )  # fmt: skip
        return reply


class Faults:
    """What is scripted for a mock; the first fault that befalls a request is the one that happens."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._scripted: list[_Scripted] = []
        self.operations: dict[str, On] = {}
        """The operationIds that a fault may name, each with what its requests are; any where none are known."""

        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated

    def add(self, kind: Kind, **options: Any) -> Fault:
        """Script a fault. Raises ReelspecError for an unknown kind or option, or a value that is none."""
        fault = parse_fault({"kind": kind, **options}, "fault", self.operations)
        self.load([fault])
        return fault

    def load(self, faults: Iterable[Fault]) -> None:
        """Script several."""
        self._scripted += [_Scripted(fault, 0, -1 if fault.times is None else fault.times) for fault in faults]

    def clear(self) -> None:
        """Forget all faults; chance begins anew."""
        self._scripted.clear()
        self._random.seed(self._seed)

    @property
    def scripted(self) -> list[Fault]:
        """The faults that can still happen."""
        return [scripted.fault for scripted in self._scripted if scripted.left != 0]

    def as_json(self) -> list[dict[str, Any]]:
        """Return the faults that can still happen, each with how often."""
        return [{**asdict(one.fault), "left": one.left} for one in self._scripted if one.left != 0]

    def state(self) -> list[tuple[dict[str, Any], int, int]]:
        """Return what is scripted and what became of it so far, for another process."""
        return [(asdict(one.fault), one.passed, one.left) for one in self._scripted]

    def restore(self, state: FaultState) -> None:
        """Go on from what another process returned as its state."""
        self._scripted = [_Scripted(Fault(**fault), passed, left) for fault, passed, left in state]

    def choose(self, request: Request, operation: str, of: On, text: str = "") -> Fault | None:
        """Return what is to happen to a request, or None."""
        if not self._scripted and not text and HEADER not in request.headers:
            return None
        for fault in _asked_for(request, text):
            if fault.befalls(operation, of):
                return fault
        for scripted in self._scripted:
            if scripted.fault.befalls(operation, of) and scripted.happens(self._random):
                return scripted.fault
        return None


@dataclass(slots=True)
class _Scripted:
    """A fault and how often it can still happen; `left` is -1 for ever."""

    fault: Fault
    passed: int
    left: int

    def happens(self, chance: random.Random) -> bool:
        if self.left == 0:
            return False
        self.passed += 1
        if self.passed <= self.fault.after:
            return False
        if self.fault.probability < 1 and chance.random() >= self.fault.probability:
            return False
        self.left -= self.left > 0
        return True


def _asked_for(request: Request, text: str) -> Iterator[Fault]:
    """Yield the faults that a request itself asks for. Raises ReelspecError for a header that names none."""
    if (asked := request.header(HEADER)) is not None:
        yield parse_short(_text(asked), HEADER.decode())
    for magic in _MAGIC.finditer(text):
        if (fault := magic_fault(magic[1])) is not None:
            yield fault


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def magic_fault(text: str) -> Fault | None:
    """Return the fault that a word in a prompt asks for; None where it is none, since prompts say anything."""
    try:
        return parse_short(text, "prompt")
    except ReelspecError:
        return None


def parse_short(text: str, place: str) -> Fault:
    """Return the fault of a short form such as `fail` or `status=503`. Raises ReelspecError."""
    match = _SHORT.fullmatch(text.strip())
    if match is None:
        raise ReelspecError(place, f"{text!r} is no fault", "write a kind, or kind=value")
    kind, value = match.groups()
    if value is None:
        return parse_fault({"kind": kind}, place)
    if kind not in OPTIONS:
        raise ReelspecError(place, f"{kind!r} takes no value", "leave it out")
    name = OPTIONS[kind][0]
    given: Any = value
    if name in _NUMBERS:
        try:
            given = float(value) if "." in value else int(value)
        except ValueError:
            raise ReelspecError(place, f"{value!r} is no number", f"{kind}=5, for example") from None
    return parse_fault({"kind": kind, name: given}, place)


_OWN: Final = frozenset(name for names in OPTIONS.values() for name in names)
_NAMES: Final = frozenset(found.name for found in fields(Fault))
_NUMBERS: Final[Mapping[str, tuple[float, float, bool]]] = {
    # name: (least, most, whole)
    "status": (400, 599, True), "seconds": (0, 3600, False), "pace": (0, 1e6, False), "probability": (0, 1, False),
    "after": (0, 1e9, True), "times": (1, 1e9, True),
}  # fmt: skip
_ANY_OPERATION: Final[Mapping[str, On]] = {}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"kind": KINDS, "meaning": MEANINGS, "on": get_args(On)}


def parse_fault(entry: Any, place: str, operations: Mapping[str, On] = _ANY_OPERATION) -> Fault:
    """Return the fault that a scenario or a control request states. Raises ReelspecError naming the member.

    `operations` are the operationIds that it may name, each with what its requests are; any where there are none.
    """
    if not isinstance(entry, Mapping) or "kind" not in entry:
        raise ReelspecError(place, "a fault is an object with a `kind`", f"one of: {', '.join(KINDS)}")
    for name, value in entry.items():
        here = f"{place}/{name}"
        if name not in _NAMES:
            raise ReelspecError(here, "a fault has no such member", f"one of: {', '.join(sorted(_NAMES))}")
        if name in _WORDS and value not in _WORDS[name]:
            raise ReelspecError(here, f"{value!r} is unknown", f"one of: {', '.join(_WORDS[name])}")
        if name in _NUMBERS and not (name == "times" and value is None):
            _check_number(value, *_NUMBERS[name], here)
        if name in ("body", "reason", "operation") and not isinstance(value, str):
            raise ReelspecError(here, f"{value!r} is no text", "put it in quotes")
    fault = replace(Fault("status"), **entry)
    _check_effect(fault, frozenset(entry), place)
    check_operation(fault, place, operations)
    return fault


def _check_effect(fault: Fault, given: frozenset[str], place: str) -> None:
    """Raise ReelspecError for what would do nothing."""
    own = OPTIONS.get(fault.kind, ())
    if idle := sorted((given & _OWN) - set(own)):
        remedy = f"it has {' and '.join(own)}" if own else "leave it out"
        raise ReelspecError(f"{place}/{idle[0]}", f"{fault.kind!r} has no such option", remedy)
    if fault.on not in ("any", "submit") and fault.kind in (*FATES, *NOTICES):
        raise ReelspecError(f"{place}/on", f"{fault.kind!r} befalls nothing but a submit", "leave it out")
    if fault.probability == 0:
        raise ReelspecError(f"{place}/probability", "a fault of probability 0 never happens", "leave it out for always")


def check_operation(fault: Fault, place: str, operations: Mapping[str, On]) -> None:
    """Raise ReelspecError for a fault that is for none of the operations; there may be any where none are known."""
    name = fault.operation
    if name is None or not operations:
        return
    if name not in operations:
        known = ", ".join(sorted(operations))
        raise ReelspecError(f"{place}/operation", f"there is no operation {name!r}", f"one of: {known}")
    if fault.on not in ("any", operations[name]):
        raise ReelspecError(f"{place}/on", f"{name!r} is no {fault.on}", "leave it out")
    if operations[name] != "submit" and fault.kind in (*FATES, *NOTICES):
        raise ReelspecError(f"{place}/operation", f"{fault.kind!r} befalls nothing but a submit", "name one")


def _check_number(value: Any, least: float, most: float, whole: bool, place: str) -> None:
    number = isinstance(value, (int,) if whole else (int, float)) and not isinstance(value, bool)
    if not number or not least <= value <= most:
        raise ReelspecError(
            place, f"{value!r} is not {'a whole number' if whole else 'a number'} of {least:g} to {most:g}"
        )
