"""Coverage-guided fuzzing of the readers, each for a bounded time: `python -m benchmarks.fuzz_readers SECONDS [NAME…]`.

It needs atheris (and says so where it is not installed); the tests do not. Every reader, and the phrases behind them,
is fuzzed in a process of its own, from pages of ours. Anything but a PageError is a finding: the input is kept in
the folder of findings that is printed. `make bench` does not run it: it takes minutes.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

READERS = ("openapi", "embedded", "tagged", "cards", "anchors", "outline", "rendered", "blocks", "stripped", "phrases")
SAMPLES = Path(__file__).parent.parent / "tests" / "codegen" / "pages" / "samples.py"


def main(arguments: list[str] | None = None) -> int:
    """Fuzz the readers named, or all; 1 where something was found."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or not given[0].isdigit():
        print("fuzz_readers: not run; `python -m benchmarks.fuzz_readers 60` takes 60 s per reader")
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("fuzz_readers: skipped, atheris is not installed")
        return 0
    findings = Path(tempfile.mkdtemp(prefix="findings-"))
    found = 0
    for name in given[1:] or READERS:
        command = [sys.executable, "-m", "benchmarks.fuzz_readers", "--one", name, given[0], str(findings)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        last = [line for line in run.stderr.splitlines() if "DONE" in line or "cov:" in line or "Error" in line][-1:]
        print(f"{name}: {'nothing found' if run.returncode == 0 else f'exit {run.returncode}'} {' '.join(last)}")
        found += run.returncode != 0
    print(f"findings: {findings}")
    return int(found > 0)


def one(name: str, seconds: str, findings: Path) -> None:
    """Fuzz one reader in this process; libFuzzer ends it."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["codegen"]):
        from codegen import pages
        from codegen.extract import extract
        from specs.errors import PageError

        reader = None if name == "phrases" else importlib.import_module(f"codegen.pages.{name}")

    nameless = (None,) if name == "blocks" else ()

    def attempt(data: bytes) -> None:
        try:
            if reader is None:
                extract(data)
                return
            page = pages.decode(data)
            if reader.recognise(page):
                reader.read(page, *nameless)
        except PageError:
            return

    corpus = findings / f"corpus-{name}"
    corpus.mkdir()
    for number, text in enumerate(_samples()):
        (corpus / str(number)).write_text(text, encoding="utf-8")
    options = [f"-max_total_time={seconds}", "-max_len=6000", "-timeout=10", f"-artifact_prefix={findings}/{name}-"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], attempt)
    atheris.Fuzz()


def _samples() -> list[str]:
    spec = importlib.util.spec_from_file_location("samples", SAMPLES)
    if spec is None or spec.loader is None:
        return []
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for value in vars(module).values() if isinstance(value, str) and "\n" in value]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
    sys.exit(main())
