"""The states of contracts that a person names: providers, files, folders, git revisions, single operations."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import specs
from codegen import trees
from specs import Contract, Operation, SpecError, yaml12

Contracts = Mapping[str, Contract]


def pair(arguments: list[str]) -> tuple[Contracts, Contracts]:
    """Return the contracts before and after: of `OLD NEW`, or of one `REV..REV`. Raises SpecError."""
    if len(arguments) == 1 and ".." in arguments[0]:
        old, _, new = arguments[0].partition("..")
        return revision(old), revision(new.lstrip(".") or "HEAD")
    if len(arguments) != 2:
        raise SpecError(" ".join(arguments), "two states are compared", "give OLD NEW, or REV..REV")
    return state(arguments[0]), state(arguments[1])


def state(argument: str) -> Contracts:
    """Return the contracts by provider: one of a file or provider's name, all of a folder, `REV:` or `REV:provider`."""
    path = Path(argument)
    if path.is_dir():
        return folder(path)
    if path.exists() or argument in specs.providers():
        found = specs.load(argument)
        return {found.provider: found}
    if ":" in argument:
        rev, _, provider = argument.partition(":")
        return revision(rev, provider or None)
    raise SpecError(
        argument, "is no file, folder, provider or git revision", "write REV:provider for a state that was committed"
    )


def operation(argument: str) -> tuple[Contract, Operation]:
    """Return the operation that `STATE#OPERATION` names, and its contract. Raises SpecError where there is none."""
    whole, _, name = argument.partition("#")
    contract = next(iter(state(whole).values()))
    try:
        return contract, contract.operation(name)
    except KeyError as problem:
        raise SpecError(argument, str(problem.args[0]), "name one of its operations") from None


def folder(path: Path) -> Contracts:
    """Return the contract in a folder, or those of all its sub-folders. Raises SpecError where there is none."""
    trees.settle(path, path.parent)
    files = [path / "openapi.yaml"] if (path / "openapi.yaml").exists() else sorted(path.glob("*/openapi.yaml"))
    if not files:
        raise SpecError(str(path), "holds no spec", "give a folder with openapi.yaml in it or one level below")
    return {found.provider: found for found in map(specs.load, files)}


def revision(rev: str, provider: str | None = None) -> Contracts:
    """Return the contracts as they were committed at a git revision of the repository around the specs."""
    top = Path(_git(["rev-parse", "--show-toplevel"], rev).strip())
    wanted = f"{provider}/openapi.yaml" if provider else "/openapi.yaml"
    names = [name for name in _git(["ls-tree", "-r", "--name-only", rev, "--", "."], rev, top).splitlines()
             if name.startswith("specs/") and name.endswith(wanted)]  # fmt: skip
    if not names:
        raise SpecError(f"{rev}:{provider or ''}", "no spec was committed there", "check the revision and the provider")
    found = {}
    for name in names:
        document = yaml12.loads(_git(["show", f"{rev}:{name}"], rev, top), f"{rev}:{name}")
        contract = specs.contract(document, f"{rev}:{name}", name.split("/")[-2])
        found[contract.provider] = contract
    return found


def _git(arguments: list[str], rev: str, folder: Path | None = None) -> str:
    if rev.startswith("-"):
        raise SpecError(rev, "is no revision", "give a commit, tag or branch")
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
