"""The states of contracts that a person names: providers, files, folders, git revisions, single operations."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import specs
from codegen import trees
from specs import Contract, Operation, SpecError, yaml12
from specs.loader import HOME

_NAME = "openapi.yaml"


@dataclass(frozen=True, slots=True)
class State:
    """Contracts by provider, and the file of each; `single` says that one provider was asked for, not all there are."""

    contracts: Mapping[str, Contract]
    files: Mapping[str, str]
    single: bool = False


def pair(arguments: list[str], home: Path | None = None) -> tuple[State, State]:
    """Return the states before and after: of `OLD NEW`, or of one `REV..REV` or `REV...REV`.

    Where one state is of a single provider, the other one is of the same provider, too. `home` is the folder of specs
    that names and revisions are about. Raises SpecError.
    """
    if len(arguments) == 1 and ".." in arguments[0] and not Path(arguments[0]).exists():
        return _range(arguments[0], home)
    if len(arguments) != 2:
        raise SpecError(" ".join(arguments), "two states are compared", "give OLD NEW, or REV..REV")
    old, new = (state(argument, home) for argument in arguments)
    if old.single and not new.single:
        new = _only(new, next(iter(old.contracts)), arguments[1])
    elif new.single and not old.single:
        old = _only(old, next(iter(new.contracts)), arguments[0])
    return old, new


def _range(argument: str, home: Path | None) -> tuple[State, State]:
    """Return both ends of a range as git has them: `A...B` is what B changed since they parted."""
    old, dots, new = argument.partition("..." if "..." in argument else "..")
    old, new = old or "HEAD", new or "HEAD"
    if dots == "...":
        for rev in (old, new):
            _refuse_option(rev)
        old = _git(["merge-base", old, new], argument, home).strip()
    return revision(old, "", home), revision(new, "", home)


def _only(whole: State, provider: str, argument: str) -> State:
    if len(whole.contracts) == 1:
        return replace(whole, single=True)
    if provider not in whole.contracts:
        known = ", ".join(whole.contracts)
        raise SpecError(argument, f"has no provider {provider}", f"one of: {known}")
    return State({provider: whole.contracts[provider]}, {provider: whole.files[provider]}, single=True)


def state(argument: str, home: Path | None = None) -> State:
    """Return what is named: a file, a folder, a provider's name, a revision, `REV:provider`, `REV:path`; in this order.

    Raises SpecError where it is none of them.
    """
    path, folder_of_specs = Path(argument), home or HOME
    if path.is_dir():
        return folder(path)
    if path.is_file():
        return _state({str(path): specs.contract(yaml12.load(path), str(path), path.parent.name)}, single=True)
    if argument in specs.providers(folder_of_specs):
        found = specs.load(argument, folder_of_specs)
        return _state({str(folder_of_specs / argument / _NAME): found}, single=True)
    rev, _, rest = argument.partition(":")
    try:
        _git(["rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"], rev, home)
    except SpecError:
        raise SpecError(
            argument, "is no file, folder, provider or git revision", "write REV or REV:provider for what was committed"
        ) from None
    return revision(rev, rest, home)


def operation(argument: str, home: Path | None = None) -> tuple[Contract, Operation]:
    """Return the operation that `STATE#OPERATION` names, and its contract. Raises SpecError where there is none."""
    whole, _, name = argument.partition("#")
    contract = next(iter(state(whole, home).contracts.values()))
    try:
        return contract, contract.operation(name)
    except KeyError as problem:
        raise SpecError(argument, str(problem.args[0]), "name one of its operations") from None


def folder(path: Path) -> State:
    """Return the contract in a folder, or those of all its sub-folders. Raises SpecError where there is none."""
    trees.settle(path, path.parent)
    single = (path / _NAME).exists()
    files = [path / _NAME] if single else sorted(path.glob(f"*/{_NAME}"))
    if not files:
        raise SpecError(str(path), "holds no spec", f"give a folder with {_NAME} in it or one level below")
    return _state({str(file): specs.load(file) for file in files}, single=single)


def _state(contracts: Mapping[str, Contract], *, single: bool = False) -> State:
    """Return the state of the contracts by file."""
    return State({found.provider: found for found in contracts.values()},
                 {found.provider: file for file, found in contracts.items()}, single)  # fmt: skip


def revision(rev: str, wanted: str = "", home: Path | None = None) -> State:
    """Return the contracts as they were committed: all, those of a provider, or of a path from the repository's top.

    As with git, a path that begins with ./ or ../ is from the working folder on.
    The repository is the one around `home`, else the one around the working folder and its folder `specs`.
    """
    _refuse_option(rev)
    top = Path(_git(["rev-parse", "--show-toplevel"], rev, home).strip())
    specs_folder = PurePosixPath(home.resolve().relative_to(top.resolve()).as_posix() if home else "specs")
    committed = [
        PurePosixPath(name) for name in _git(["ls-tree", "-r", "-z", "--name-only", rev], rev, top).split("\0")
    ]
    if wanted.startswith(("./", "../")):
        wanted = _from_here(wanted, top, f"{rev}:{wanted}")
    if wanted.endswith((".yaml", ".yml", ".json")):
        files, single = [path for path in committed if path == PurePosixPath(wanted)], True
    else:
        named = [specs_folder / wanted, PurePosixPath(wanted)] if wanted else [specs_folder]
        files = next(filter(None, (_below(place, committed) for place in named)), [])
        single = any(path.parent in named for path in files)
    if not files:
        raise SpecError(f"{rev}:{wanted}", "no spec was committed there", "check the revision and the provider")
    found = {}
    for path in files:
        document = yaml12.loads(_git(["show", f"{rev}:{path}"], rev, top), f"{rev}:{path}")
        found[str(path)] = specs.contract(document, f"{rev}:{path}", path.parent.name)
    return _state(found, single=single)


def _from_here(wanted: str, top: Path, argument: str) -> str:
    try:
        return Path(wanted).resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        raise SpecError(argument, f"is not in the repository {top}", "give a path inside of it") from None


def _below(place: PurePosixPath, committed: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the spec in a folder, else those one level below."""
    return [path for path in committed if path == place / _NAME] or [
        path for path in committed if path.name == _NAME and path.parent.parent == place
    ]


def _refuse_option(rev: str) -> None:
    if rev.startswith("-"):
        raise SpecError(rev, "is no revision", "give a commit, tag or branch")


def _git(arguments: list[str], rev: str, folder: Path | None = None) -> str:
    _refuse_option(rev)
    try:
        done = subprocess.run(  # noqa: S603 (fixed program, no shell; the revision cannot be an option)
            ["git", *arguments], capture_output=True, text=True, check=True, cwd=folder  # noqa: S607
        )  # fmt: skip
    except FileNotFoundError:
        raise SpecError(rev, "git is not installed", "give files or folders") from None
    except subprocess.CalledProcessError as problem:
        reason = (problem.stderr.strip().splitlines() or ["git failed"])[0]
        raise SpecError(rev, reason, "give a revision of the repository you stand in") from None
    return done.stdout
