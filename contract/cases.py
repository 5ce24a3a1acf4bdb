"""Cases: single requests with the verdict that the contract gives them, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from specs.checks import Source
from specs.model import Contract, Meaning, Operation

Signature = Literal["key", "none", "wrong"]
WRONG_KEY = "mock-invalid-key"
"""A key that no provider knows, and that our mock knows to refuse."""
_LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request without its signature: `path` below the server's address, `content` as sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str | None = "application/json"

    @property
    def json(self) -> Any:
        """The decoded body; None where there is none or it is no JSON."""
        try:
            return None if self.content is None else orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has to come back: an acceptance, or a refusal that means one of `meanings`.

    `rules` are the ids of all violations; a provider that lists them has to list just these. `warned` are the rules
    that an accepted request breaks and that only warn.
    """

    accepted: bool
    meanings: tuple[Meaning, ...] = ()
    rules: frozenset[str] = frozenset()
    warned: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.accepted:
            return "accepted"
        return "refused" + (f" by {' and '.join(sorted(self.rules))}" if self.rules else "")


@dataclass(frozen=True, slots=True)
class Case:
    """One request of the suite.

    `id` is stable from run to run. `checks` is the id of the rule or limit that it is about, or an area such as `auth`;
    `stated` tells whether the documentation states the verdict. `follow`: the task that is started is followed to its
    end. `cost` orders the suite: 0 is never billed, 1 is refused by a correct provider, 2 is billed.
    """

    id: str
    contract: Contract = field(repr=False)
    operation: Operation = field(repr=False)
    title: str
    checks: str
    call: Call = field(repr=False)
    expects: Verdict
    source: Source = field(default_factory=Source)
    stated: bool = True
    signed: Signature = "key"
    follow: bool = False

    @property
    def cost(self) -> int:
        """How much it may cost to send: 0 nothing, 1 nothing at a correct provider, 2 one task."""
        if self.operation.task is None:
            return 0
        return 2 if self.expects.accepted else 1

    @property
    def large(self) -> bool:
        """Whether the body has a megabyte or more."""
        return len(self.call.content or b"") >= _LARGE

    def curl(self, base_url: str, variable: str) -> str:
        """Return the request as a curl line; the key stands in it as a shell variable."""
        parts = ["curl", "-sS", "-X", self.call.method, _quoted(address(base_url, self.call))]
        signed = self.contract.authentication
        if self.signed != "none":
            key = f"${variable}" if self.signed == "key" else WRONG_KEY
            parts += ["-H", f'"{signed.header}: {signed.prefix}{key}"']
        if self.call.content is not None:
            parts += ["-H", _quoted(f"Content-Type: {self.call.media_type}")] if self.call.media_type else []
            parts += ["--data-binary", _quoted(shortened(self.call.content.decode("utf-8", "replace")))]
        return " ".join(parts)


def address(base_url: str, call: Call) -> str:
    """Return the full URL of a call."""
    from urllib.parse import urlencode

    query = f"?{urlencode(call.query)}" if call.query else ""
    return base_url.rstrip("/") + call.path + query


def shortened(text: str, most: int = 2000) -> str:
    """Return the text, its middle left out where it is long."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…({len(text) - most} more characters)…{text[-most // 2 :]}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
