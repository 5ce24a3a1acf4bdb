"""`reelspec mock [PROVIDER…]`: serves providers over HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import specs
from mockserver.settings import LENIENCIES


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="a provider's name or the path of a spec")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="N",
                        help="seconds of the mock for each real one; 0 stands still")  # fmt: skip
    parser.add_argument("--instant", action="store_true", help="every task ends at once")
    parser.add_argument("--seed", type=int, default=0, help="decides everything that is by chance")
    parser.add_argument("--variant", help="another documented vocabulary of task states")
    parser.add_argument("--key", action="append", metavar="KEY", help="an API key that is accepted (default: any)")
    parser.add_argument(
        "--lenient",
        nargs="?",
        const=",".join(LENIENCIES),
        metavar="NAMES",
        help=f"accept what vendors' own clients send: everything, or some of {', '.join(LENIENCIES)}",
    )
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="faults to script, in YAML (docs/mock.md)")
    parser.add_argument("--concurrency", type=int, metavar="N", help="tasks of one key that run at a time")
    parser.add_argument("--requests-per-minute", type=int, metavar="N", help="of one key; more are answered 429")
    parser.add_argument("--result-ttl", type=float, metavar="SECONDS", help="for which results are served")
    parser.add_argument("--body-limit", type=int, metavar="BYTES", default=64 * 1024 * 1024, help="of a request")
    parser.add_argument("--validate-first", action="store_true", help="check the body before the API key")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted. Raises ReelspecError for a busy port, an unknown provider or a bad setting."""
    from mockserver import scenario, serve
    from mockserver.asgi import App
    from mockserver.clock import Clock
    from mockserver.control import Control
    from mockserver.mock import Mock

    providers = tuple(options.providers) or specs.providers()
    settings = _settings(options)
    mock = Mock(*providers, clock=Clock(options.speed), **settings)
    if options.scenario is not None:
        mock.faults.load(scenario.load(options.scenario).faults)
    app = App(mock.engines.values(), mock.clock, Control())
    listening = serve.listen(options.host, options.port)
    root = serve.address(listening)
    for name, engine in app.engines.items():
        below = "" if len(app.engines) == 1 else f"/{name}"
        print(f"{engine.contract.title}: {root}{below} ({len(engine.contract.operations)} operations)", flush=True)
    serve.server(app).run([listening])
    return 0


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options as Mock takes them."""
    return {
        "seed": options.seed,
        "keys": frozenset(options.key) if options.key else None,
        "lenient": options.lenient.split(",") if options.lenient else (),
        "variant": options.variant,
        "validate_first": options.validate_first,
        "instant": options.instant,
        "concurrency": options.concurrency,
        "requests_per_minute": options.requests_per_minute,
        "body_limit": options.body_limit,
        "result_ttl": options.result_ttl,
    }


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1e6:
        raise ValueError(text)
    return value
