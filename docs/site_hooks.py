"""MkDocs reads this: what stands beside docs/ (schemas, changelog, how to take part) belongs to the site too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
_BESIDE = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "README.md": "index.md"}


def on_files(files: Files, config: Any) -> Files:
    """Add the files beside docs/."""
    for schema in sorted((ROOT / "schemas").glob("*.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", content=schema.read_text(encoding="utf-8")))
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, _BESIDE[name], content=_from_root(text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Lead links out of docs/ to where the file is in the site."""
    markdown = re.sub(r"\]\(\.\./schemas/", "](schemas/", markdown)
    return re.sub(
        r"\]\(\.\./([A-Z]+\.md)",
        lambda link: f"]({_BESIDE[link[1]]}" if link[1] in _BESIDE else link[0],
        markdown,
    )


def on_page_content(html: str, **_: Any) -> str:
    """In code within a table Markdown keeps the backslash of an escaped bar, which GitHub takes away."""
    return re.sub(r"<code>[^<]*</code>", lambda code: code[0].replace("\\|", "|"), html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """The theme would fetch from elsewhere what lets the search run from files; it is ours, and in the site."""
    return output.replace("https://unpkg.com/iframe-worker/shim", f"{'../' * page.url.count('/')}site_worker.js")


def _from_root(text: str) -> str:
    """Links as they are from inside docs/."""
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(r"\]\(([A-Z]+\.md)", lambda link: f"]({_BESIDE.get(link[1], link[1])}", text)
