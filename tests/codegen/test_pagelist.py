"""A pages.toml is checked before anything is fetched: each mistake is one line that names its place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import pagelist
from reelspec.__main__ import main
from specs.errors import SpecError

HEAD = """\
title = "Films"
version = "1.0.0"
servers = ["https://films.example"]
"""
PAGE = """
[[page]]
key = "make"
address = "https://films.example/docs/make"
file = "make.md"
operation = "POST /films"
id = "make_film"
"""
SECOND = PAGE.replace("make", "look").replace("POST", "GET")


def write(folder: Path, text: str) -> Path:
    path = folder / "films" / "pages.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_right_is_read(tmp_path: Path) -> None:
    listed = pagelist.load(write(tmp_path, HEAD + PAGE + SECOND))
    assert [(page.key, page.method, page.path, page.status) for page in listed.pages] == [
        ("make", "POST", "/films", 200), ("look", "GET", "/films", 200),
    ]  # fmt: skip


MISTAKES = {
    "a text of servers": (
        HEAD.replace('["https://films.example"]', '"https://films.example"') + PAGE,
        "'servers' is no",
    ),
    "a server without a scheme": (HEAD.replace("https://", "") + PAGE, "is no address"),
    "an unknown key": ("serves = []\n" + HEAD + PAGE, "did you mean 'servers'?"),
    "an unknown key of a page": (HEAD + PAGE + 'adress = "x"\n', "did you mean 'address'?"),
    "a status of letters": (HEAD + PAGE + 'status = "ok"\n', "'status' is 'ok'"),
    "a status of no good answer": (HEAD + PAGE + "status = 404\n", "'status' is 404"),
    "a title of numbers": (HEAD.replace('"Films"', "7") + PAGE, "'title' is no text"),
    "no version": (HEAD.replace('version = "1.0.0"\n', "") + PAGE, "has no 'version'"),
    "a package of no text": ("package = false\n" + HEAD + PAGE, "'package' is no text"),
    "an index of no text": ("index = []\n" + HEAD + PAGE, "'index' is no text"),
    "alternatives in one text": (HEAD + PAGE + 'alternatives = "https://x.example"\n', "'alternatives' is no list"),
    "an overlay that is not there": ('overlays = ["gone.yaml"]\n' + HEAD + PAGE, "there is no overlay"),
    "no page": (HEAD, "lists no page"),
    "a page that is a text": (HEAD + 'page = ["x"]\n', "lists no page"),
    "an operation without a method": (HEAD + PAGE.replace("POST ", ""), "is no operation"),
    "a key twice": (HEAD + PAGE + SECOND.replace('"look"', '"make"'), "the key 'make' is that of page[0], too"),
    "an id twice": (HEAD + PAGE + SECOND.replace("look_film", "make_film"), "the id 'make_film' is that of page[0]"),
    "an operation twice": (HEAD + PAGE + SECOND.replace("GET", "POST"), "the operation 'POST /films' is that of"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, said = MISTAKES[name]
    path = write(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        pagelist.load(path)
    assert said in str(caught.value)
    assert caught.value.remedy
    assert main(["sync", "--from", str(tmp_path), "--specs", str(tmp_path)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert str(path) in told[0]
    assert len(told) == 2
