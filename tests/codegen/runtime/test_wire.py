"""The two shells: whose HTTP client they use, where none can be made, and that a total time is one."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import Any

import httpx
import pytest

from codegen.runtime import core, errors
from codegen.runtime.effects import Tell
from codegen.runtime.requests import Request
from codegen.runtime.tasks import AsyncTask
from codegen.runtime.wire import AsyncShell, SyncShell


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_connections_of_its_own(world: Any) -> None:
    shell = SyncShell(world.settings())
    shared = SyncShell(world.settings(attempts=1), shared=shell.http)
    before = shell.http()
    assert shared.http() is before
    child = os.fork()
    if child == 0:
        os._exit(0 if shared.http() is shell.http() is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shell.http() is before
    shared.close()
    assert not before.is_closed
    shell.close()
    assert before.is_closed


def test_an_event_loop_has_connections_of_its_own(world: Any) -> None:
    shell, seen = AsyncShell(world.settings()), list[httpx.AsyncClient]()
    shared = AsyncShell(world.settings(attempts=1), shared=shell.http)

    async def main() -> None:
        seen.append(shell.http())
        assert shared.http() is shell.http() is seen[-1]

    for _ in range(2):
        asyncio.run(main())
    assert seen[0] is not seen[1]


def test_a_borrowed_client_is_used_everywhere(world: Any) -> None:
    async def main(shell: AsyncShell) -> None:
        assert shell.http() is borrowed
        await shell.close()

    borrowed = httpx.AsyncClient()
    shell = AsyncShell(world.settings(), borrowed)
    for _ in range(2):
        asyncio.run(main(shell))
    assert not borrowed.is_closed


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "foo://proxy.test"), ("SSL_CERT_FILE", "/nowhere/at/all")])
def test_where_no_http_client_can_be_made_nothing_is_in_doubt(
    world: Any, request_: Request, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(errors.ConfigurationError, match="no HTTP client can be made"):
        SyncShell(world.settings()).run(core.submit(world.settings(), request_))


def test_what_is_no_http_client_is_refused_at_once(world: Any) -> None:
    wrong: Any
    for wrong in (httpx.AsyncClient(), "a text", object()):
        with pytest.raises(errors.ConfigurationError, match=r"an httpx\.Client is needed"):
            SyncShell(world.settings(), wrong)


def test_headers_that_trickle_in_do_not_outlast_the_total_time(world: Any) -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx-a: ")
        try:
            while True:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()
            ended.set()

    ended = asyncio.Event()

    async def main() -> None:
        async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            loop = asyncio.get_running_loop()
            settings = replace(world.settings(clock=loop.time), base_url=address)
            shell = AsyncShell(settings)
            task = AsyncTask(shell, settings.provider.operations["make"], "t1")
            with pytest.raises(errors.DeadlineExceeded):
                await asyncio.wait_for(task.wait(timeout=0.1), 20)
            await shell.close()
            await ended.wait()

    asyncio.run(main())


def test_a_sync_client_refuses_what_it_cannot_await(world: Any) -> None:
    async def callback(_: object) -> None:
        raise AssertionError

    with pytest.raises(errors.ConfigurationError, match="only an async client awaits"):
        SyncShell(world.settings()).perform(Tell(callback, None))
