"""`reelspec mock [PROVIDER…]`: serves providers over HTTP."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from mockserver.clock import FASTEST
from mockserver.settings import BODY_LIMIT, LENIENCIES
from mockserver.stores import default_place
from specs import loader
from specs.errors import ReelspecError, SpecError

_BETWEEN: Final = frozenset({"providers", "specs", "port", "host", "body_limit", "proxy", "play", "record", "dry"})
"""The options for standing between a client and a real provider."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="a provider's name or the path of a spec")
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR", help="folder of the specs")
    served = parser.add_argument_group("serving")
    served.add_argument("--port", type=_within(int, 0, 65_535), default=8000, help="0 for any free one (default: 8000)")
    served.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    served.add_argument(
        "--workers", type=_within(int, 1, 64), default=1, metavar="N", help="processes that answer as one (default: 1)"
    )
    served.add_argument("--store", metavar="PLACE", help=f"memory, redis://… or an SQLite file ({default_place()})")
    served.add_argument("--fsync", action="store_true", help="tasks in a file survive even a power cut; slower")
    served.add_argument("--log", action="store_true", help="write a line of JSON for each exchange to standard error")
    served.add_argument("--body-limit", type=int, metavar="BYTES", default=BODY_LIMIT, help="of a request")
    life = parser.add_argument_group("tasks")
    life.add_argument(
        "--speed",
        type=_within(float, 0, FASTEST),
        default=1.0,
        metavar="N",
        help="seconds for each real one; 0 stands still",
    )
    life.add_argument("--instant", action="store_true", help="every task ends at once")
    life.add_argument("--concurrency", type=int, metavar="N", help="tasks of one key that run at a time")
    life.add_argument("--result-ttl", type=float, metavar="SECONDS", help="for which results are served")
    life.add_argument("--variant", help="another documented vocabulary of task states")
    life.add_argument("--webhook", metavar="URL", help="to which the end of every task is told")
    life.add_argument("--webhooks-anywhere", action="store_true", help="send webhooks to other hosts than this one")
    life.add_argument("--fetch-images", action="store_true", help="look at images given by URL, at public hosts")
    between = parser.add_argument_group("a real provider")
    between.add_argument(
        "--proxy", metavar="URL", help="pass requests on, report where either side leaves the contract"
    )
    between.add_argument("--dry", action="store_true", help="pass on nothing that may be billed")
    between.add_argument("--record", metavar="FILE", help="append what was exchanged, without keys")
    between.add_argument("--play", metavar="FILE", help="play a recording back")
    answers = parser.add_argument_group("answers")
    answers.add_argument("--seed", type=int, default=0, help="decides everything that is by chance")
    answers.add_argument("--key", action="append", metavar="KEY", help="an API key that is accepted (default: any)")
    answers.add_argument("--scenario", type=Path, metavar="FILE", help="faults to script, in YAML (docs/mock.md)")
    answers.add_argument("--requests-per-minute", type=int, metavar="N", help="of one key; more are answered 429")
    answers.add_argument("--validate-first", action="store_true", help="check the body before the API key")
    answers.add_argument(
        "--lenient",
        nargs="?",
        const=",".join(LENIENCIES),
        metavar="NAMES",
        help=f"accept what vendors' own clients send: everything, or some of {', '.join(LENIENCIES)}",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until stopped. Raises ReelspecError for a busy port, an unknown provider or a bad setting."""
    from mockserver import serve

    given = {
        "providers": _specs(options), "speed": options.speed, "since": time.time(),
        "store": options.store or default_place(), "fsync": options.fsync, "log": options.log,
        "webhooks_anywhere": options.webhooks_anywhere, "fetch_images": options.fetch_images,
        "scenario": str(options.scenario) if options.scenario else None,
        "settings": {
            "seed": options.seed, "keys": options.key, "variant": options.variant, "instant": options.instant,
            "lenient": _lenient(options), "concurrency": options.concurrency,
            "requests_per_minute": options.requests_per_minute, "validate_first": options.validate_first,
            "body_limit": options.body_limit, "result_ttl": options.result_ttl, "webhook": options.webhook,
        },
    }  # fmt: skip
    if options.proxy or options.play:
        return _stand_between(options)
    _unused(options, "without --proxy", "record", "dry")
    with serve.listen(options.host, options.port) as listening:
        app = serve.application(given)
        root = serve.address(listening)
        for name, engine in app.engines.items():
            below = "" if len(app.engines) == 1 else f"/{name}"
            print(f"{engine.contract.title}: {root}{below} ({len(engine.contract.operations)} operations)")
        print(f"Dashboard: {root}/_mock/", flush=True)
        serve.until_stopped(app, given, listening, options.workers)
    return 0


def _specs(options: argparse.Namespace) -> list[str]:
    """Return the files of the specs that are served. Raises SpecError where one is missing."""
    names = options.providers or loader.providers(options.specs)
    if not names:
        raise SpecError(str(options.specs), "holds no spec", "give the folder of <provider>/openapi.yaml with --specs")
    return [str(loader.spec(name, options.specs)) for name in names]


def _stand_between(options: argparse.Namespace) -> int:
    """Serve by passing requests on, or by playing a recording back."""
    from mockserver import serve

    known = vars(_defaults()).keys() - _BETWEEN
    if options.play:
        _unused(options, "with --play", *known, "proxy", "record", "dry")
    else:
        _unused(options, "with --proxy", *known)
    app = serve.between({**vars(options), "providers": _specs(options)})
    listening = serve.listen(options.host, options.port)
    print(f"{options.providers[0]}: {serve.address(listening)}, from {options.proxy or options.play}", flush=True)
    serve.until_stopped(app, {}, listening, 1)
    return 0


def _unused(options: argparse.Namespace, when: str, *names: str) -> None:
    """Raise ReelspecError for options that would do nothing, rather than leave them out without a word."""
    defaults = _defaults()
    for name in sorted(names):
        if getattr(options, name) != getattr(defaults, name):
            raise ReelspecError(f"--{name.replace('_', '-')}", f"does nothing {when}", "leave it out")


def _defaults() -> argparse.Namespace:
    """Return the options as they are where none is given."""
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args([])


def _lenient(options: argparse.Namespace) -> list[str]:
    """Return the leniencies that are asked for. Raises ReelspecError where the option took a provider for some."""
    names = options.lenient.split(",") if options.lenient else []
    if unknown := [name for name in names if name not in LENIENCIES]:
        known = f"a provider stands before --lenient; the leniencies are {', '.join(LENIENCIES)}"
        raise ReelspecError("--lenient", f"there is no leniency {unknown[0]!r}", known)
    return names


Number = TypeVar("Number", int, float)


def _within(kind: Callable[[str], Number], least: Number, most: Number) -> Callable[[str], Number]:
    """Return what reads a number of that range from the command line."""

    def read(text: str) -> Number:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            whole = "whole number" if kind is int else "number"
            raise argparse.ArgumentTypeError(f"{text!r} is no {whole} of {least:,} to {most:,}")
        return value

    return read
