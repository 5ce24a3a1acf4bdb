"""What every mock consists of, however it is reached: engines over one clock, store, journal and set of faults."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import specs
from mockserver.clock import Clock
from mockserver.engine import Engine
from mockserver.faults import Faults, On
from mockserver.journal import Journal
from mockserver.prepared import check_variant, variants
from mockserver.settings import LENIENCIES, Leniency, Settings
from mockserver.stores import MemoryStore, Store
from mockserver.webhooks import Webhooks
from specs.model import Contract

_load = functools.cache(specs.load)


class Mock:
    """One provider or several.

    `providers` are names, paths of specs, or contracts. The clock stands still and is moved by polls, until
    `clock.advance` takes it over (see Clock); give `Clock()` for real time. `lenient` is True for all leniencies, or
    their names. Further settings are those of Settings; a `variant` is used by the providers that have it.
    """

    def __init__(
        self,
        *providers: str | Contract,
        clock: Clock | None = None,
        lenient: bool | Iterable[Leniency] = False,
        store: Store | None = None,
        journal: Journal | None = None,
        faults: Faults | None = None,
        webhooks: Webhooks | None = None,
        **settings: Any,
    ) -> None:
        if not providers:
            raise TypeError(f"name a provider; there are {', '.join(specs.providers())}")
        chosen = LENIENCIES if lenient is True else () if lenient is False else tuple(lenient)
        self.settings = replace(Settings(lenient=frozenset(chosen)), **settings)
        self.clock = clock if clock is not None else Clock.steps()
        self.journal = journal if journal is not None else Journal()
        self.faults = faults if faults is not None else Faults(self.settings.seed)
        self.store = store if store is not None else MemoryStore()
        self.webhooks = webhooks if webhooks is not None else Webhooks()
        self.engines: dict[str, Engine] = {}
        contracts = [_contract(given) if isinstance(given, str) else given for given in providers]
        for contract in contracts:
            self.faults.operations |= _asked(contract)
        check_variant(self.settings.variant, *contracts)
        for contract in contracts:
            own = self.settings if self.settings.variant in variants(contract) else replace(self.settings, variant=None)
            self.engines[contract.provider] = Engine(
                contract, own, store=self.store, journal=self.journal, faults=self.faults, webhooks=self.webhooks,
                lasts=self.clock.lasts,
            )  # fmt: skip

    @property
    def engine(self) -> Engine:
        """The engine of the first provider."""
        return next(iter(self.engines.values()))

    def reset(self) -> None:
        """Forget tasks, journal and faults; the clock keeps its time."""
        for engine in self.engines.values():
            engine.reset()


def _asked(contract: Contract) -> dict[str, On]:
    """Return what the requests of each operation are."""
    asked: dict[str, On] = dict.fromkeys((operation.id for operation in contract.operations), "any")
    for operation in contract.submits:
        asked[operation.id] = "submit"
        if operation.task is not None:
            asked[operation.task.poll] = "poll"
    return asked


def _contract(name: str) -> Contract:
    """Return a contract; our own specs are read once, files of others may have changed."""
    return _load(name) if name in specs.providers() else specs.load(name)
