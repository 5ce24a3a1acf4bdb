"""The generated client against its peers, as ratios measured in one run: `python -m benchmarks.client`.

Baselines stand in the same process or are interleaved, so that a busy machine slows both alike. The peers
(`client_peers`) are measured in the same run, each against the libraries of its own environment; where they cannot be
installed the table says why.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from .client_peers import GENERATED, IMPORTS, Peers, UnavailableError, prepared

ROOT = Path(__file__).parent.parent
PROVIDER = "novita"
Row = tuple[str, str, str, bool | None]


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run Python in a process of its own and return what it printed."""
    whole = {**os.environ, **environment}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, cwd=cwd, env=whole)
    return done.stdout


IMPORT = "import time; t = time.process_time(); {}; print(time.process_time() - t)"


def imports(peers: Peers | None, rounds: int = 9) -> list[Row]:
    """Import times (of the processor), interleaved: the median of the ratios. All is compiled, as when installed."""
    package = f"{PROVIDER}_kling"
    path = f"import sys; sys.path.insert(0, {str(ROOT / 'generated' / PROVIDER)!r}); "
    compiled = tempfile.TemporaryDirectory()

    def measured(statement: str, within: Peers | None = None) -> float:
        code = IMPORT.format(statement)
        if within is not None:
            return float(within.run("-c", code))
        return float(run("-c", path + code, PYTHONPYCACHEPREFIX=compiled.name, PYTHONDONTWRITEBYTECODE=""))

    with compiled:
        return _imports(measured, package, peers, rounds)


def _imports(measured: Callable[..., float], package: str, peers: Peers | None, rounds: int) -> list[Row]:
    measured(f"import {package}.models, httpx, pydantic.main")  # compiles them

    def ratio(statement: str, within: Peers | None = None, rounds: int = rounds) -> float:
        pairs = ((measured(statement, within), measured("import httpx, pydantic", within)) for _ in range(rounds))
        return median(one / other for one, other in pairs)

    rows: list[Row] = []
    ours = ratio(f"import {package}")
    rows.append((f"import {package}", f"{ours:.2f} × import httpx, pydantic", "≤ 1.20", ours <= 1.20))
    first = ratio(f"import {package}, {package}.models")
    rows.append(("  with its models, for typed answers", f"{first:.2f} ×", "", None))
    request = ratio(f"import {package}, pydantic_core")
    rows.append(("  with what the first request loads", f"{request:.2f} ×", "", None))
    for name, statement in IMPORTS.items() if peers is not None else ():
        rows.append((f"  peer: {name}, what one call needs", f"{ratio(statement, peers, 5):.2f} ×", "", None))
    return rows


def transport(_: httpx.Request) -> httpx.Response:
    """Answer a submit in the process."""
    return httpx.Response(200, content=b'{"task_id":"t1"}')


def load() -> Any:
    """Import the generated package."""
    sys.path.insert(0, str(ROOT / "generated" / PROVIDER))
    return importlib.import_module(f"{PROVIDER}_kling")


FULL = {
    "image": "https://example.com/first.png",
    "negative_prompt": "blurred, low quality",
    "sound": True,
    "duration": 9,
    "cfg_scale": 0.7,
    "multi_prompt": [{"prompt": f"shot {number}", "duration": 3} for number in range(3)],
}
SINGLE = {
    "image": "https://example.com/first.png",
    "prompt": "A paper boat sails down a rainy street." * 3,
    "negative_prompt": "blurred, low quality",
    "sound": True,
    "duration": 9,
    "cfg_scale": 0.7,
    "end_image": "https://example.com/last.png",
}


def per_call(work: Callable[[], object], number: int = 2000, rounds: int = 7) -> float:
    """Return the best seconds per call."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(number):
            work()
        best = min(best, (time.perf_counter() - begun) / number)
    return best


def interleaved(one: Callable[[], object], other: Callable[[], object], number: int = 300, rounds: int = 15) -> float:
    """Return the median ratio of two works, measured in turn."""
    return median(per_call(one, number, 1) / per_call(other, number, 1) for _ in range(rounds))


def requests(peers: Peers | None) -> list[Row]:
    """A whole submit through an in-process transport against raw httpx."""
    package = load()
    raw = httpx.Client(transport=httpx.MockTransport(transport), headers={"Authorization": "Bearer k"})
    client = package.Client("k", "https://api.test", http_client=httpx.Client(transport=httpx.MockTransport(transport)))
    operation = client.kling_v3_0_pro_i2v

    def ours() -> object:
        return operation.submit(**FULL)

    def theirs() -> object:
        return raw.post("https://api.test/v3/async/kling-v3.0-pro-i2v", json=FULL).json()

    ours(), theirs()
    ratio = interleaved(ours, theirs)
    rows: list[Row] = [("submit, validated, sync", f"{ratio:.2f} × httpx.post(json=…).json()", "≤ 1.15", ratio <= 1.15)]

    async def both(rounds: int = 15, number: int = 300) -> float:
        araw = httpx.AsyncClient(transport=httpx.MockTransport(transport), headers={"Authorization": "Bearer k"})
        borrowed = httpx.AsyncClient(transport=httpx.MockTransport(transport))
        aclient = package.AsyncClient("k", "https://api.test", http_client=borrowed)
        ratios = []
        for _ in range(rounds):
            begun = time.perf_counter()
            for _ in range(number):
                await aclient.kling_v3_0_pro_i2v.submit(**FULL)
            middle = time.perf_counter()
            for _ in range(number):
                (await araw.post("https://api.test/v3/async/kling-v3.0-pro-i2v", json=FULL)).json()
            ratios.append((middle - begun) / (time.perf_counter() - middle))
        return median(ratios)

    aratio = asyncio.run(both())
    rows.append(("submit, validated, async", f"{aratio:.2f} ×", "≤ 1.15", aratio <= 1.15))
    for name in IMPORTS if peers is not None else ():
        found = peers.overhead(name) if peers is not None else {}
        what = "submit, validated" if name in GENERATED else "one call"
        rows.append((f"  peer: {name}, {what}", f"{found['sync']:.2f} × sync, {found['async']:.2f} × async", "", None))
    return rows


def posts(peers: Peers | None) -> list[Row]:
    """How many POSTs one call sends after each kind of trouble, counted where they arrive."""
    if peers is None:
        return []  # the tests count ours
    found = peers.posts()
    kinds = list(found["ours"])
    ours = list(found["ours"].values())
    rows: list[Row] = [(f"POSTs after {' / '.join(kinds)}", " / ".join(map(str, ours)), "1/1/1/1/≤3",
                        ours[:4] == [1, 1, 1, 1] and ours[4] <= 3)]  # fmt: skip
    rows += [(f"  peer: {name}", " / ".join(str(found[name][kind]) for kind in kinds), "", None) for name in IMPORTS]
    return rows


def bare_pydantic() -> Any:
    """Return what pydantic alone makes of the same limits, rules left out."""
    from typing import Annotated

    from pydantic import BaseModel, ConfigDict, Field

    class Shot(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        prompt: str
        duration: Annotated[int | None, Field(ge=3, le=15)] = None

    class Body(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        image: str
        sound: bool | None = None
        prompt: Annotated[str | None, Field(max_length=2500)] = None
        duration: Annotated[int | None, Field(ge=3, le=15)] = None
        cfg_scale: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
        end_image: str | None = None
        multi_prompt: list[Shot] | None = None
        negative_prompt: Annotated[str | None, Field(max_length=2500)] = None

    Body.model_rebuild(_types_namespace={"Shot": Shot, "Annotated": Annotated, "Field": Field})
    return Body


def validation(_: Peers | None = None) -> list[Row]:
    """Validate and dump, rules included."""
    package = load()
    from importlib import import_module

    ours = import_module(f"{package.__name__}._runtime.requests")
    operation = package.Client.provider.operations["kling_v3_0_pro_i2v"]
    model = bare_pydantic()
    rows: list[Row] = []
    for name, body in (("one shot, two images", SINGLE), ("three shots", FULL)):
        given = dict(body)

        def checked(body: Any = given) -> object:
            return ours.check(operation, body), operation.dump(body)

        def bare(body: Any = given) -> object:
            return model.model_validate(body).model_dump_json(exclude_unset=True)

        def dumped(body: Any = given) -> object:
            return json.dumps(body)

        if ours.check(operation, {**given, "multi_prompt": [], "duration": 99}) == ours.check(operation, given):
            raise RuntimeError("the check does not look")
        taken = per_call(checked, 100, 4000) * 1e6
        alone = per_call(lambda body=given: operation.dump(body), 100, 400) * 1e6  # type: ignore[misc]
        against = f"{interleaved(checked, bare):.2f} × bare pydantic, {interleaved(checked, dumped):.2f} × json.dumps"
        rows.append((f"validate and dump, all rules: {name}", f"{taken:.1f} µs ({against})", "≤ 5 µs", taken <= 5))
        rows.append(("  the dump alone", f"{alone:.1f} µs", "", None))
        whole = per_call(lambda body=given: ours.build(operation, body), 100, 400) * 1e6  # type: ignore[misc]
        rows.append(("  the whole request made, images looked at", f"{whole:.1f} µs", "", None))
    return rows


def size(peers: Peers | None) -> list[Row]:
    """Lines of each client, runtime included."""
    shown = "{} of code ({} with docstrings and blanks)"
    rows: list[Row] = []
    for folder in sorted(path.parent for path in (ROOT / "generated").glob("*/.reelspec.json")):
        code, total = counted(folder)
        rows.append((f"lines of generated/{folder.name}", shown.format(code, total), "≤ 3000", code <= 3000))
    for name, folder in GENERATED.items() if peers is not None else ():
        if peers is not None:
            rows.append((f"  peer: {name}, the same spec", shown.format(*counted(peers.generated / folder)), "", None))
    return rows


def counted(folder: Path) -> tuple[int, int]:
    """Return the lines of code, and all lines, of the Python files of a folder."""
    import ast
    import io
    import tokenize

    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    code = total = 0
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        total += text.count("\n")
        lines = {n for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in quiet
                 for n in range(token.start[0], token.end[0] + 1)}  # fmt: skip
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
        docs = {n for node in nodes if isinstance(node.value, ast.Constant)
                for n in range(node.lineno, (node.end_lineno or 0) + 1)}  # fmt: skip
        code += len(lines - docs)
    return code, total


def generation(_: Peers | None) -> list[Row]:
    """Generate every client, cold and again, against the model generator alone on the same specs."""
    with tempfile.TemporaryDirectory() as folder:
        specs = sorted((ROOT / "specs").glob("*/openapi.yaml"))

        def timed(work: Callable[[], object]) -> float:
            begun = time.perf_counter()
            work()
            return time.perf_counter() - begun

        def alone() -> None:
            for spec in specs:
                output = str(Path(folder) / f"{spec.parent.name}.py")
                kind = ("--output-model-type", "pydantic_v2.BaseModel", "--use-annotated", "--disable-timestamp")
                files = ("--input", str(spec), "--input-file-type", "openapi", "--output", output)
                run("-m", "datamodel_code_generator", *files, *kind)

        def ours(name: str) -> None:
            run("-m", "reelspec", "generate", "-o", str(Path(folder) / name))

        cold = median(timed(lambda n=n: ours(f"out{n}")) / timed(alone) for n in range(3))  # type: ignore[misc]
        again = min(timed(lambda: ours("out0")) for _ in range(5))
    return [
        (f"generate {len(specs)} clients, cold", f"{cold:.2f} × datamodel-code-generator alone", "≤ 2.5", cold <= 2.5),
        ("generate again, nothing changed", f"{again:.2f} s", "≤ 0.4 s", again <= 0.4),
    ]


PARTS = (imports, requests, posts, validation, size, generation)


def main(*wanted: str) -> int:
    """Print the table, or the named parts of it; return 1 where a bar is missed."""
    parts = [part for part in PARTS if not wanted or part.__name__ in wanted]
    with tempfile.TemporaryDirectory() as folder:
        peers: Peers | None = None
        try:
            peers = prepared(Path(folder))
        except (UnavailableError, OSError, subprocess.SubprocessError) as error:
            print(f"peers are left out: {error}")
        rows = [row for part in parts for row in part(peers)]
    width = max(len(row[0]) for row in rows)
    for what, measured, bar, holds in rows:
        verdict = "" if holds is None else "holds" if holds else "MISSED"
        print(f"{what:<{width}}  {measured:<52}  {bar:<10}  {verdict}")
    return 0 if all(row[3] is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
