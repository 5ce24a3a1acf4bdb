"""A socket and uvicorn for an application."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from mockserver.asgi import App
from specs.errors import ReelspecError

if TYPE_CHECKING:
    import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ReelspecError where the port cannot be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ReelspecError(host, f"is no address to listen on: {error.strerror}", "give another --host") from None
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
        found.listen(2048)
    except OSError as error:
        found.close()
        place = f"{host}:{port}"
        raise ReelspecError(place, f"cannot listen: {os.strerror(error.errno or 0)}", "give another --port") from None
    found.set_inheritable(True)
    return found


def server(app: App) -> uvicorn.Server:
    """Return the uvicorn server of an application, ready to be run on a socket."""
    import uvicorn

    from mockserver.wire import Protocol

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="auto",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port, *_ = listening.getsockname()
    if host in ("0.0.0.0", "::"):  # noqa: S104 - only shown
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
