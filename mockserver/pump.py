"""Sends webhooks from the served mock, as long as there are some."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from mockserver.webhooks import TIMEOUT, Notice

if TYPE_CHECKING:
    import httpx

    from mockserver.asgi import App

_LOOK_EACH: Final = 0.05
"""Real seconds between two looks at the clock, which can be moved at any time."""


async def pump(app: App) -> None:
    """Send what is due, until nothing is to be sent any more."""
    import httpx  # not needed by a mock without webhooks

    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        while app.webhooks.pending:
            due = app.webhooks.due(app.clock.now())
            await asyncio.gather(*(_send(app, client, notice) for notice in due))
            await asyncio.sleep(_LOOK_EACH)


async def _send(app: App, client: httpx.AsyncClient, notice: Notice) -> None:
    import httpx

    event = notice.event or app.engines[notice.provider].event(notice, app.clock.now())
    try:
        answer = await client.post(notice.url, json=event)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        app.webhooks.answered(notice, event, app.clock.now(), 0, str(error) or type(error).__name__)
    else:
        app.webhooks.answered(notice, event, app.clock.now(), answer.status_code)
