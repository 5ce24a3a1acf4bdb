"""What can be set on a mock of one provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal, get_args

from mockserver.webhooks import is_url
from specs.errors import ReelspecError

Leniency = Literal["bare_key", "content_type", "data_uri", "text_booleans", "text_numbers", "unknown_fields"]
LENIENCIES: tuple[Leniency, ...] = get_args(Leniency)
"""What the vendors' own clients need beyond the documentation; docs/mock.md says who needs which."""

BODY_LIMIT: Final = 64 * 1024 * 1024
_COUNTS: Final = {"concurrency": "no limit", "requests_per_minute": "no limit", "body_limit": "64 MiB"}
_SEEDS: Final = 2**63


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are in seconds, sizes in bytes.

    `seed` decides everything that is by chance, and the key of task ids; `keys` are the API keys that are
    accepted (None: every one); `variant` names a variant of the contract's task life cycle;
    `validate_first` checks the body before the API key; `instant` lets every task end at once; `result_ttl`
    replaces the documented one; `concurrency` is how many tasks of one key run at a time;
    `requests_per_minute` counts for each key.
    `webhook` is the URL to which every task's end is told. `worker` is different for each process that shares a store.
    """

    seed: int = 0
    keys: frozenset[str] | None = None
    lenient: frozenset[Leniency] = field(default_factory=frozenset)
    variant: str | None = None
    validate_first: bool = False
    instant: bool = False
    result_ttl: float | None = None
    concurrency: int | None = None
    requests_per_minute: int | None = None
    body_limit: int = BODY_LIMIT
    webhook: str | None = None
    worker: int = 0

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.lenient) - set(LENIENCIES)):
            raise ReelspecError("lenient", f"there is no leniency {unknown[0]!r}", f"one of: {', '.join(LENIENCIES)}")
        for name, otherwise in _COUNTS.items():
            value = getattr(self, name)
            if value is not None and not _is_whole(value):
                raise ReelspecError(name, f"must be a whole number, not {value!r}", f"leave it out for {otherwise}")
            if value is not None and value < 1:
                raise ReelspecError(name, f"must be at least 1, not {value}", f"leave it out for {otherwise}")
        if not _is_whole(self.seed):
            raise ReelspecError("seed", f"must be a whole number, not {self.seed!r}", "leave it out for 0")
        if not -_SEEDS <= self.seed < _SEEDS:
            raise ReelspecError("seed", f"{self.seed} does not fit into 64 bits", "give a smaller one")
        ttl = self.result_ttl
        if ttl is not None and not (isinstance(ttl, int | float) and 0 <= ttl < inf):
            raise ReelspecError("result_ttl", f"must be seconds of 0 or more, not {ttl!r}", "such as 3600")
        if self.webhook is not None and not is_url(self.webhook):
            raise ReelspecError("webhook", f"{self.webhook!r} is no URL", "it begins with http:// or https://")
        if isinstance(self.keys, str):
            raise ReelspecError("keys", "are several, not one text", "put it in brackets")
        if any(not isinstance(key, str) or not key or key != key.strip() for key in self.keys or ()):
            raise ReelspecError(
                "keys", "an API key is not empty, nor has it blanks at its ends", "give it as it is sent"
            )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
