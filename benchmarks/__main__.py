"""Run every benchmark, or those named, one after the other: each prints its own table."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("client", "contract", "extract", "mock", "sync", "video")
LONG = ("second_opinion", "soak_mock")
"""Run where they are named: minutes of search rather than measures."""


def main() -> int:
    """Run the benchmarks; an unknown name ends with 2 and the known ones."""
    wanted = sys.argv[1:] or BENCHMARKS
    if unknown := [name for name in wanted if name not in (*BENCHMARKS, *LONG)]:
        print(f"no benchmark {unknown[0]!r} (one of: {', '.join((*BENCHMARKS, *LONG))})", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
