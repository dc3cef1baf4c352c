"""``auth0-mfa drift OLD NEW``: what changed between two reports, two profiles or two cassettes."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, printable
from pytest_auth0_mfa.report.comparison import LEVELS, compare_profiles, compare_results, worst
from pytest_auth0_mfa.report.model import Change
from pytest_auth0_mfa.spec.outcomes import ChangeLevel, Outcome

SUMMARY = "say what changed between two reports, two profiles or two cassettes"
PASSES_ARGUMENTS_ON = False

REPORT, PROFILE, CASSETTE, CASSETTES = "report", "profile", "cassette", "folder of cassettes"
_SUFFIXES = {".json": REPORT, ".toml": PROFILE, ".yaml": CASSETTE, ".yml": CASSETTE}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare OLD, NEW and ``--fail-on``."""
    parser.description = (
        f"{SUMMARY.capitalize()}.\n\n"
        "OLD and NEW are of one kind: report.json (or the folder it is in), a profile saved as TOML, a cassette,\n"
        "or a folder of cassettes. Levels: info (a field was added), warning (one is gone, is optional now, or\n"
        "something behaves otherwise), error (a type, a status or an `error` changed)."
    )
    parser.epilog = "exit code: 0 nothing changed, 20 info, 21 warning, 22 error, 2 cannot be compared"
    parser.add_argument("old", metavar="OLD", type=Path)
    parser.add_argument("new", metavar="NEW", type=Path)
    text = "levels below this one end with exit code 0 (default: info)"
    parser.add_argument(
        "--fail-on", metavar="LEVEL", choices=[level.value for level in LEVELS], default=LEVELS[0].value, help=text
    )


def run(options: argparse.Namespace) -> int:
    """Print the changes; return the exit code of the worst one."""
    try:
        changes = _changes(options.old, options.new)
    except Auth0MfaError as error:
        print(printable(f"auth0-mfa drift: {error}"), file=sys.stderr)
        return Outcome.WRONG_USAGE.exit_code
    for line in lines_of(changes):
        print(line)
    level = worst(changes)
    if level is None or LEVELS.index(level) < LEVELS.index(options.fail_on):
        return Outcome.ALL_WELL.exit_code
    return level.exit_code


def lines_of(changes: Sequence[Change]) -> list[str]:
    """The printed lines: for each change its level and place, with what changed below; then the counts."""
    if not changes:
        return ["nothing changed"]
    lines = []
    for change in changes:
        lines += [f"{change.level:8} {printable(change.where)}", f"         {printable(change.text)}"]
    counts = Counter(change.level for change in changes)
    summary = ", ".join(f"{counts[level]} {level}" for level in reversed(LEVELS) if counts[level])
    return [*lines, "", f"{len(changes)} change{'' if len(changes) == 1 else 's'}: {summary}"]


def _changes(old: Path, new: Path) -> list[Change]:
    kinds = [_kind(path) for path in (old, new)]
    if kinds[0] != kinds[1]:
        raise ConfigurationError(f"{old} is a {kinds[0]} and {new} is a {kinds[1]}: give two of one kind")
    compare: dict[str, Callable[[Path, Path], list[Change]]] = {
        REPORT: _reports,
        PROFILE: _profiles,
        CASSETTE: _cassettes,
        CASSETTES: _folders,
    }
    return compare[kinds[0]](old, new)


def _kind(path: Path) -> str:
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file or folder")
    if path.is_dir():
        if (path / "report.json").exists():
            return REPORT
        if _cassettes_in(path):
            return CASSETTES
        raise ConfigurationError(f"{path}: neither report.json nor a cassette (*.yaml) is in it")
    kind = _SUFFIXES.get(path.suffix)
    if kind is None:
        raise ConfigurationError(f"{path}: expected report.json, a profile (.toml), a cassette (.yaml) or a folder")
    return kind


def _reports(old: Path, new: Path) -> list[Change]:
    from pytest_auth0_mfa.report import store

    before, after = (store.load(path / store.FILE if path.is_dir() else path) for path in (old, new))
    return compare_results(before, after)


def _profiles(old: Path, new: Path) -> list[Change]:
    from pytest_auth0_mfa.spec.profile import Profile

    return compare_profiles(Profile.load(old), Profile.load(new))


def _cassettes(old: Path, new: Path) -> list[Change]:
    from pytest_auth0_mfa.cassettes import compare

    changes = [Change(found.level, found.where, found.text) for found in compare(old, new)]
    return sorted(changes, key=lambda change: -LEVELS.index(change.level))


def _folders(old: Path, new: Path) -> list[Change]:
    before, after = _cassettes_in(old), _cassettes_in(new)
    changes = [Change(ChangeLevel.INFO, name, "a new cassette") for name in sorted(after.keys() - before.keys())]
    changes += [
        Change(ChangeLevel.WARNING, name, "the cassette is gone") for name in sorted(before.keys() - after.keys())
    ]
    for name in sorted(before.keys() & after.keys()):
        for found in _cassettes(before[name], after[name]):
            changes.append(Change(found.level, f"{name}: {found.where}", found.text))
    return sorted(changes, key=lambda change: -LEVELS.index(change.level))


def _cassettes_in(folder: Path) -> dict[str, Path]:
    return {str(file.relative_to(folder)): file for file in folder.rglob("*.yaml")}
