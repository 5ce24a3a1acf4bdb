"""The served mock: options into an application, a socket, and uvicorn with one process or several."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver import scenario
from mockserver.asgi import App
from mockserver.clock import Clock
from mockserver.control import Control
from mockserver.faults import Faults
from mockserver.fetching import Images
from mockserver.journal import Journal
from mockserver.log import Log
from mockserver.mock import Mock
from mockserver.prepared import iso
from mockserver.stores import open_store
from mockserver.webhooks import Webhooks, is_url
from specs.errors import ReelspecError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    import uvicorn

    from mockserver.faults import Fault
    from mockserver.proxy import Proxy
    from mockserver.recording import Player

_OPTIONS: Final = "REELSPEC_MOCK_OPTIONS"
"""The environment variable by which worker processes are told their options."""

_GRACE: Final = 2
_SAID_FROM: Final = 1.0
_ALLOCATIONS: Final = (20_000, 20, 50)
"""Thresholds of the garbage collector: tasks are kept, so looking through them often finds nothing."""


def application(options: Mapping[str, Any]) -> App:
    """Return the application of a command's options. Raises ReelspecError for one that cannot be used."""
    settings = dict(options["settings"])
    keys = settings.pop("keys", None)
    settings["keys"] = frozenset(keys) if keys else None
    if settings.get("seed") is None:
        settings["seed"] = 0
    planned = scenario.load(Path(options["scenario"])) if options.get("scenario") else None
    if planned is not None and planned.seed is not None:
        settings["seed"] = planned.seed
    store = open_store(options["store"], grouped=True, fsync=bool(options.get("fsync")))
    parts = _parts(options, settings["seed"], planned.faults if planned is not None else ())
    mock = Mock(*options["providers"], store=store, **parts, **settings)
    if planned is not None:
        planned.check(mock.faults.operations)
    try:
        newest = _newest(mock)
    except OSError as error:
        raise ReelspecError(options["store"], f"cannot be used as a store: {error}", "give another --store") from None
    if mock.clock.not_before(newest) > _SAID_FROM and not options.get("board"):
        _report(
            f"the clock begins at {iso(mock.clock.now())}, when the newest task in the store was created"
            " (to begin now: POST /_mock/reset and start again, or give another --store)"
        )
    images = Images() if options.get("fetch_images") else None
    return App(mock.engines.values(), mock.clock, Control(), images)


def _newest(mock: Mock) -> float:
    """Return when the newest task that is kept was created: a run whose clock was ahead may have left it."""
    kept = (task for name in mock.engines for task in mock.store.tasks(name, 1))
    return max((task.created for task in kept), default=0.0)


def _parts(options: Mapping[str, Any], seed: int, planned: Iterable[Fault]) -> dict[str, Any]:
    """Return clock, faults, journal and webhooks: this process's own, or those that the workers have in common."""
    anywhere, log = bool(options.get("webhooks_anywhere")), Log(sys.stderr) if options.get("log") else None
    if options.get("board"):
        from mockserver import shared

        board = shared.Board(Path(options["board"]))
        return {
            "clock": shared.SharedClock(board, options["speed"], options["since"]),
            "faults": shared.SharedFaults(board, seed, planned), "journal": shared.SharedJournal(board, log=log),
            "webhooks": shared.SharedWebhooks(board, anywhere=anywhere),
        }  # fmt: skip
    faults, journal = Faults(seed), Journal()
    faults.load(planned)
    if log is not None:
        journal.listeners.append(log)
    return {
        "clock": Clock(options["speed"], options["since"], since=options["since"]), "faults": faults,
        "journal": journal, "webhooks": Webhooks(anywhere=anywhere),
    }  # fmt: skip


def between(options: Mapping[str, Any]) -> Proxy | Player:
    """Return the application of `--proxy` or `--play`. Raises ReelspecError for what cannot be used."""
    from mockserver import recording
    from mockserver.proxy import Proxy

    if len(options["providers"]) != 1:
        raise ReelspecError("--proxy, --play", "stand for one provider", "name one")
    engine = Mock(*options["providers"], body_limit=options["body_limit"]).engine
    if options["play"]:
        return recording.Player(engine, recording.load(Path(options["play"])))
    if not is_url(options["proxy"]):
        raise ReelspecError("--proxy", f"{options['proxy']!r} is no URL", "give the provider's, with https://")
    recorder = recording.Recorder(Path(options["record"])) if options["record"] else None
    return Proxy(engine, options["proxy"], _report, recorder=recorder, dry=options["dry"])


def _report(line: str) -> None:
    print(f"reelspec: {line}", file=sys.stderr, flush=True)


def worker() -> App:
    """Return the application of one worker process."""
    import multiprocessing

    options = orjson.loads(os.environ[_OPTIONS])
    options["settings"]["worker"] = os.getpid() & 15
    app = application(options)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent, options["board"]), daemon=True).start()
    _settle()
    return app


def _end_after(parent: BaseProcess, board: str) -> None:
    """Stop as on Ctrl-C when the parent has died without a word, and tidy up in its place."""
    parent.join()
    atexit.register(shutil.rmtree, board, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGINT)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ReelspecError where the port cannot be had."""
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ReelspecError(host, f"is no address to listen on: {error.strerror}", "give another --host") from None
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(place)
        found.listen(2048)
    except OSError as error:
        found.close()
        problem = f"cannot listen: {os.strerror(error.errno or 0)}"
        raise ReelspecError(f"{host}:{port}", problem, "give another --port") from None
    found.set_inheritable(True)
    return found


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port, *_ = listening.getsockname()
    if host in ("0.0.0.0", "::"):  # noqa: S104 - only shown
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(app: App | Proxy | Player | str, workers: int = 1) -> uvicorn.Server:
    """Return the uvicorn server of an application, or of a factory's name, ready to be run on a socket."""
    import uvicorn

    from mockserver.protocol import Protocol

    config = uvicorn.Config(
        app, factory=isinstance(app, str), http=Protocol, ws="none", lifespan="off", loop="auto", access_log=False,
        log_level="warning", server_header=False, proxy_headers=False, timeout_graceful_shutdown=_GRACE,
        workers=workers,
    )  # fmt: skip
    return uvicorn.Server(config)


def until_stopped(
    app: App | Proxy | Player, options: Mapping[str, Any], listening: socket.socket, workers: int
) -> None:
    """Serve until the process is told to stop; what is being answered then is answered first."""
    signal.signal(signal.SIGTERM, _stopped)
    try:
        if workers == 1:
            _settle()
            server(app).run([listening])
        else:
            from uvicorn.supervisors import Multiprocess

            with tempfile.TemporaryDirectory(prefix="reelspec-mock-") as board:
                # What one process would keep in its memory stands in a file that is gone with the command.
                store = f"{board}/tasks.sqlite3" if options["store"] == "memory" else options["store"]
                os.environ[_OPTIONS] = orjson.dumps({**options, "board": board, "store": store}).decode()
                Multiprocess(server("mockserver.serve:worker", workers).config, sockets=[listening]).run()
    except KeyboardInterrupt:
        print("reelspec: stopped", file=sys.stderr)
    finally:
        app.close()


def _settle() -> None:
    """Take what was loaded out of the garbage collector's sight, and let it look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ALLOCATIONS)


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """Be what uvicorn hands a signal on to after it has stopped."""
    raise KeyboardInterrupt
