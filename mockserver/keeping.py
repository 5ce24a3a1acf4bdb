"""What was accepted is made lasting: some stores keep what they are given only when they are told to."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from mockserver.engine import Engine
from mockserver.stores.store import Store

_LOG: Final = logging.getLogger("uvicorn.error")


def keep(store: Store, engines: Iterable[Engine]) -> None:
    """Have the store keep what its engines accepted; where it cannot, they refuse that after all."""
    try:
        store.commit()
        kept = True
    except OSError as error:
        _LOG.error("%s", error)
        kept = False
    for engine in engines:
        engine.settle(kept=kept)
