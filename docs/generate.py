"""Write the pages of docs/ that are made from the code, and the contract as data: ``python docs/generate.py``.

A test holds them to be current. Each page is a function that returns Markdown.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pytest_auth0_mfa.cli import COMMANDS, command
from pytest_auth0_mfa.contract.findings.kinds import FindingKind
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec import openapi, outcomes
from pytest_auth0_mfa.spec.explanations import grade_of_field
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import COSTS, alternatives, profile_fields
from pytest_auth0_mfa.spec.schemas import schemas

DOCS = Path(__file__).parent
if str(DOCS) not in sys.path:  # PYTHONSAFEPATH keeps a script's own folder off it
    sys.path.insert(0, str(DOCS))

import api_page  # noqa: E402 - beside this file
import contract_data  # noqa: E402
from page_parts import NOTE, table  # noqa: E402
from pytest_pages import fixtures, settings  # noqa: E402


def pages() -> dict[str, str]:
    """Every generated file of docs/ by name."""
    made = openapi.pages()
    for name, write in PAGES.items():
        made[name] = "\n".join(write()).rstrip("\n") + "\n"
    return made


# -- the profile ---------------------------------------------------------------------------------

_GROUPS = {  # the first field of each group of `Profile`
    "mfa_required": "Refusals",
    "challenge_form": "What a request may look like",
    "full_stop_in_code_texts": "What an answer looks like",
    "mfa_token_lifetime": "What happens",
    "dpop_nonce": "Bound tokens",
    "me_error_uri": "The My Account API",
}


def profile() -> Iterator[str]:
    """The page of `Profile`."""
    yield from (
        "# Profile",
        "",
        NOTE,
        "",
        "Auth0's documentation, SDKs and recordings disagree about some behaviour. Each such point is a field of",
        "`Profile`: the fake obeys it, and a [run against your own tenant](howto-staging.md) measures it.",
        "",
        "```python",
        "from pytest_auth0_mfa import Profile, Tenant",
        "",
        'tenant = Tenant(profile={"mfa_required": "401 mfa_required", "mfa_token_lifetime": 300})',
        'assert tenant.profile == Profile().with_(mfa_required="401 mfa_required", mfa_token_lifetime=300)',
        "assert Profile.loads(tenant.profile.dumps()) == tenant.profile  # TOML, for --auth0-mfa-profile=FILE",
        "```",
        "",
        "The column *contract* names the entries of [the contract](contract.md) behind a field. *Known* says how",
        "sure the default is: `doc`, `sdk`, `seen` and `guess` as there; `disputed` means that the entry says",
        "which side is better supported. *Cost* is what measuring the field on a real tenant takes:",
        "",
        *table(("cost", "means"), COSTS.items()),
    )
    for name, field in profile_fields().items():
        if name in _GROUPS:
            yield from ("", f"## {_GROUPS[name]}", "", *table(_PROFILE_HEAD, ()))
        others = ", ".join(_value(value) for value in alternatives(field)[1:])
        more = ", any positive number" if field.metadata["any_positive"] else ""
        rows = " ".join(field.metadata["rows"])
        row = (f"`{name}`", _value(field.default), others + more, field.metadata["doc"])
        yield table(("",), [(*row, rows, grade_of_field(name), field.metadata["cost"])])[2]


_PROFILE_HEAD = ("field", "default", "alternatives", "what it is", "contract", "known", "cost")


def _value(value: object) -> str:
    if isinstance(value, str):
        return f"`{json.dumps(value)}`"
    return f"`{str(value).lower()}`"


# -- findings ------------------------------------------------------------------------------------

_FAMILIES = {
    "MFA0": ("Tenants", "Reported by `TenantContract` and `auth0-mfa verify`."),
    "MFA1": ("Clients: what they send", "This section and those below: reported by `ClientContract`."),
    "MFA2": ("Clients: what they conclude", ""),
    "MFA3": ("Clients: how they handle faults", ""),
    "MFA4": ("Clients: what they leak", ""),
}


def findings() -> Iterator[str]:
    """The page of findings."""
    yield from (
        "# Findings",
        "",
        NOTE,
        "",
        "What a contract run can find. Ids are stable and never reused; `auth0-mfa explain MFA104` prints one",
        "finding. A *violation* fails the run: something documented is broken. *Drift* is a difference from the",
        "measured profile, or something that no source documents. An *observation* is measured disputed",
        "behaviour; it never fails the run.",
    )
    family = ""
    for id, finding in sorted(FINDINGS.items()):
        if id[:4] != family:
            family = id[:4]
            title, text = _FAMILIES.get(family, (f"{family}..", ""))
            yield from ("", f"## {title}", *(("", text) if text else ()))
        title = finding.title if "_" in finding.title.split()[0] else f"{finding.title[0].upper()}{finding.title[1:]}"
        yield from ("", f"### {id}: {title}", "", *_finding(finding))


def _finding(finding: FindingKind) -> Iterator[str]:
    text, _, advice = finding.text.partition("What to do: ")
    yield f"*{finding.level.capitalize()}*. {_escaped(text.strip())}"
    if advice:
        yield from ("", f"What to do: {_escaped(advice)}")
    yield from ("", f"Source: {_linked(finding.source)}")


def _escaped(text: str) -> str:
    """Text in which Markdown and HTML mean nothing."""
    return re.sub(r"(?<!`)<([\w-]+)>(?!`)", r"&lt;\1&gt;", text)


def _linked(source: str) -> str:
    """A source with its page linked."""
    if re.fullmatch(r"https://\S+", source):
        return f"<{source}>"
    source = re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", source)
    return re.sub(r"\bthe contract\b", "[the contract](contract.md)", source)


# -- the command line ----------------------------------------------------------------------------


def cli() -> Iterator[str]:
    """The page of commands."""
    yield from (
        "# Command line",
        "",
        NOTE,
        "",
        "`auth0-mfa COMMAND`, or `python -m pytest_auth0_mfa COMMAND`. Inside `auth0-mfa` the options of a run need no",
        "prefix: `--target=server` is pytest's `--auth0-mfa-target=server`, and both are understood.",
        "",
        *table(("command", "what it does"), [(f"[{name}](#{name})", command(name).SUMMARY) for name in COMMANDS]),
    )
    yield from (
        "",
        "## Exit codes",
        "",
        "The same code means the same in all commands. `run` ends with the code of the command that it ran.",
        "",
        *table(("code", "means"), [(str(code), text) for code, text in outcomes.OF_COMMANDS.items()]),
        "",
        "## Completion in a shell",
        "",
        "With [argcomplete](https://pypi.org/project/argcomplete/) in the same environment:",
        "",
        "<!-- not run: it installs a package and changes the shell -->",
        "```sh",
        "pip install argcomplete",
        'eval "$(register-python-argcomplete auth0-mfa)"  # in ~/.bashrc; zsh and fish: see its page',
        "```",
    )
    for name in COMMANDS:
        yield from ("", f"## {name}", "", *_command(name))


def _command(name: str) -> Iterator[str]:
    module = command(name)
    parser = argparse.ArgumentParser(prog=f"auth0-mfa {name}", add_help=False)
    module.arguments(parser)
    described = parser.description or module.SUMMARY
    yield _escaped(described[0].upper() + described[1:])
    rows = [_argument(action) for action in parser._actions]
    if rows:
        yield from ("", *table(("argument", "what it says"), rows))
    if parser.epilog:
        yield from ("", "```text", parser.epilog.strip(), "```")


def _argument(action: argparse.Action) -> tuple[str, str]:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    takes = f" {metavar}" if action.nargs != 0 else ""
    names = [f"`{name}{takes}`" for name in action.option_strings] or [f"`{metavar}`"]
    text = (action.help or "").replace("%%", "%")
    return ", ".join(names), _escaped(text) + (" Required." if action.required and action.option_strings else "")


# -- schemas -------------------------------------------------------------------------------------


def schema_pages() -> Iterator[str]:
    """The page of schemas: what each is, with its examples."""
    known = schemas()
    yield from (
        "# Schemas",
        "",
        NOTE,
        "",
        "JSON Schema 2020-12, one file for the request of each operation and one for each status of its answer.",
        "The fixture `auth0_mfa_schemas` has them by name; `check(operation, status, body)` lists what is wrong.",
        "The file of a refusal lists every error of that status; [operations](operations.md) say when each is",
        "answered.",
        "",
        "jsonschema decides and words every message, but it is slow. With the extra `contract` jsonschema-rs (0.46",
        "or newer) checks each body first, in a hundredth of the time: in strict tests, for `call.violations` and in",
        "contract runs. If it accepts a body, the body is valid: tests show on generated and damaged bodies that",
        "jsonschema agrees. If it does not, jsonschema checks the body again, since the two differ in details, such as",
        "a newline at the end of a text.",
    )
    parts = [name for name in known if not name.startswith(tuple(f"{operation}." for operation in OPERATIONS))]
    groups = {operation: [n for n in known if n.startswith(f"{operation}.")] for operation in OPERATIONS}
    for title, names in (*groups.items(), ("Shared parts", parts)):
        yield from ("", f"## {title}")
        for name in sorted(names, key=_schema_order):
            yield from _schema(name, known[name])


def _schema_order(name: str) -> tuple[bool, str]:
    return not name.endswith(".request"), name


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield from ("", f"### {name}", "", f"{_escaped(schema['description'])} [{name}.json](../schemas/{name}.json)")
    examples = [example for example in schema.get("examples", []) if example is not None]
    if examples:
        yield from ("", "```json", json.dumps(examples[0], indent=2, ensure_ascii=False), "```")


# -- the Python interface ------------------------------------------------------------------------


def api() -> Iterator[str]:
    """The page of the classes that a test has in its hands."""
    yield from api_page.page(NOTE)


PAGES: dict[str, Callable[[], Iterable[str]]] = {
    "findings.md": findings,
    "profile.md": profile,
    "reference-api.md": api,
    "reference-cli.md": cli,
    "reference-fixtures.md": fixtures,
    "reference-settings.md": settings,
    "schemas.md": schema_pages,
}


def main() -> int:
    """Write every page that changed."""
    contract = contract_data.contract_json((DOCS / "contract.md").read_text(encoding="utf-8"))
    if not contract_data.TARGET.is_file() or contract_data.TARGET.read_text(encoding="utf-8") != contract:
        contract_data.TARGET.write_text(contract, encoding="utf-8", newline="\n")
        sys.stdout.write("pytest_auth0_mfa/spec/contract.json\n")
    for name, text in pages().items():
        path = DOCS / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"docs/{name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
