"""The command line: help, and one line with place and remedy for whatever is wrong with the input."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reelspec.__main__ import COMMANDS, main

SPEC = Path(__file__).parents[2] / "specs" / "novita" / "openapi.yaml"


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert main([]) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: reelspec {name}" in capsys.readouterr().out


def test_packages_of_the_current_folder_do_not_stand_for_ours(tmp_path: Path) -> None:
    for name in ("specs", "codegen", "contract", "mockserver"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('somebody else')\n", encoding="utf-8")
    command = [sys.executable, "-m", "reelspec", "explain", "novita"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)  # noqa: S603 - ours
    assert (told.returncode, told.stderr) == (0, "")
    assert "POST /v3/async/kling-v3.0-std-i2v" in told.stdout


def broken(tmp_path: Path, old: str, new: str) -> str:
    path = tmp_path / "openapi.yaml"
    text = SPEC.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


BAD = {
    "unknown command": (["make"], "no command 'make'"),
    "missing page": (["extract", "none.md"], "none.md"),
    "page of an unknown format": (["extract", "{tmp}/odd.md"], "odd.md"),
    "binary page": (["extract", "{tmp}/binary.md"], "binary.md"),
    "unknown provider to generate": (["generate", "nobody", "--output", "{tmp}/out"], "nobody"),
    "unknown provider to mock": (["mock", "nobody"], "nobody"),
    "unknown provider to sync": (["sync", "nobody", "--from", "{tmp}"], "nobody"),
    "folder without pages": (["sync", "novita", "--from", "{tmp}"], "cannot be read"),
    "unknown rule kind": (["mock", "{kind}"], "unknown kind 'at_most_two' (one of"),
    "rule of an unknown field": (["mock", "{field}"], "did you mean /end_image?"),
    "busy port": (["mock", "novita", "--port", "{port}"], "in use"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_status_2(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.md").write_text("just some words\n", encoding="utf-8")
    (tmp_path / "binary.md").write_bytes(bytes(range(256)))
    arguments, said = BAD[name]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        values = {"tmp": str(tmp_path), "port": str(taken.getsockname()[1])}
        if "{kind}" in arguments:
            values["kind"] = broken(tmp_path, "kind: at_most_one", "kind: at_most_two")
        if "{field}" in arguments:
            values["field"] = broken(tmp_path, "- /end_image", "- /end_imag")
        status = main([argument.format(**values) for argument in arguments])
    shown = capsys.readouterr()
    assert status == 2
    assert said in shown.err
    lines = shown.err.splitlines()
    assert all(line.startswith("reelspec: ") for line in lines), shown.err
    assert len(lines) == (2 if arguments[0] == "sync" and "--from" in arguments and said != "nobody" else 1), shown.err
    assert not (tmp_path / "out").exists(), "nothing is half written"


def test_a_command_loads_only_what_it_needs() -> None:
    script = (
        "import sys; from reelspec.__main__ import main; main(['extract', 'none.md']);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    )
    heavy = ["mockserver", "contract", "hypothesis", "datamodel_code_generator", "av", "uvicorn", "respx", "rich"]
    found = subprocess.run([sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "[]"


def test_every_command_module_offers_what_the_table_promises() -> None:
    for module, _ in COMMANDS.values():
        command = importlib.import_module(module)
        assert callable(command.configure)
        assert callable(command.run)
