"""Install the npm packages of these tests, as their lock files say, unless they are there already.

Several environments of tox use the same folders, perhaps at the same time, and `npm ci` begins by deleting them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def install(folder: Path, *options: str) -> None:
    """Install the packages of a folder. Exits if npm is missing or fails."""
    locked = (folder / "package-lock.json").read_bytes()
    installed = folder / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == locked:
        return
    npm = shutil.which("npm") or sys.exit("npm is missing: install Node.js")
    code = subprocess.run([npm, "ci", "--prefix", str(folder), *OPTIONS, *options], check=False).returncode
    if code:
        sys.exit(code)
    installed.write_bytes(locked)


if __name__ == "__main__":
    install(HERE / "node")
    install(HERE / "nextjs", "--omit=optional")
