"""Contracts, their suites without heavy cases, and a server over HTTP for anything that can be sent to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

import specs
from contract.cases import Call, Case
from contract.runner import Budget, Result, Run, Send
from contract.suites import suite
from specs.model import Contract

PROVIDERS = specs.providers()
PATIENT = Budget(paid=10**6, interval=30)


@lru_cache
def contract_of(provider: str) -> Contract:
    return specs.load(provider)


@lru_cache
def light(provider: str) -> tuple[Case, ...]:
    """The suite without its bodies of megabytes, which tell of one limit and take their time."""
    return tuple(case for case in suite(contract_of(provider)) if not case.large)


def ran(contract: Contract, cases: tuple[Case, ...], send: Send, budget: Budget = PATIENT) -> tuple[Run, list[Result]]:
    """Run cases and return the run with all results."""
    running = Run(contract, cases, send, "a-key", budget, sleep=lambda _: None)
    return running, list(running.results())


def first_finding(contract: Contract, cases: tuple[Case, ...], send: Send) -> tuple[Result | None, int]:
    """Run cases up to the first finding; return it and the requests that it took."""
    running = Run(contract, cases, send, "a-key", PATIENT, sleep=lambda _: None)
    found = next((result for result in running.results() if result.findings), None)
    return found, running.requests


@contextmanager
def served(send: Send) -> Iterator[str]:
    """Answer HTTP on a free port of this machine with what `send` returns; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("content-length") or 0)) or None
            call = Call(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), content)
            found = send(call, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = answer  # noqa: N815 (the names that http.server looks for)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Helpers:
    """The functions above, for tests: modules of tests do not import each other."""

    contract_of = staticmethod(contract_of)
    light = staticmethod(light)
    ran = staticmethod(ran)
    first_finding = staticmethod(first_finding)
    served = staticmethod(served)


@pytest.fixture(scope="session")
def helpers() -> type[Helpers]:
    return Helpers


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)
