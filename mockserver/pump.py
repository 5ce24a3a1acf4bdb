"""Sends webhooks from the served mock, as long as there are some."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mockserver.webhooks import TIMEOUT, Notice

if TYPE_CHECKING:
    import httpx

    from mockserver.asgi import App

_LOOK_EACH: Final = 0.05
"""Real seconds between two looks at the clock, which can be moved at any time."""


async def pump(app: App) -> None:
    """Send what is due, until nothing is to be sent any more; no receiver keeps another one waiting."""
    import httpx  # not needed by a mock without webhooks

    sending: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:  # noqa: S113 - `_send` ends in time
        while app.webhooks.pending or sending:
            if app.store.pending:  # nothing is told of a task before it is kept
                app.keep()
            for notice in app.webhooks.due(app.clock.now()):
                sent = asyncio.create_task(_send(app, client, notice))
                sending.add(sent)
                sent.add_done_callback(sending.discard)
            await asyncio.sleep(_LOOK_EACH)


async def _send(app: App, client: httpx.AsyncClient, notice: Notice) -> None:
    """Send a notice; only the status of the answer is read."""
    import httpx

    event: Mapping[str, Any] = notice.event or {}
    status, error = 0, ""
    try:
        event = event or app.engines[notice.provider].event(notice, app.clock.now())
        async with asyncio.timeout(TIMEOUT), client.stream("POST", notice.url, json=event) as answer:
            status = answer.status_code
    except KeyError:
        error = "the task is not known any more"
    except TimeoutError:
        error = f"no answer within {TIMEOUT:g} s"
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
        error = str(problem) or type(problem).__name__
    app.webhooks.answered(notice, event, app.clock.now(), status, error)
