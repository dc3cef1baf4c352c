"""``python tools/audit.py [--must-look]``: look for known vulnerabilities in the installed packages, with pip-audit.

pip-audit ends with 1 both for a finding and when it cannot reach the network, and with 0 when a mirror of PyPI has no
advisories at all. This script fails for a finding; if nothing could be looked up, it fails only with ``--must-look``,
which CI's audit job passes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

COMMAND = (sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json", "--skip-editable")
_UNREACHABLE = ("could not connect", "connection", "timed out", "name resolution", "proxy")


def main(command: Sequence[str] = COMMAND, *, must_look: bool = False) -> int:
    """Run pip-audit; return 1 for a finding, when it failed, or when it could not look and ``must_look`` is set."""
    not_looked = 1 if must_look else 0
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
        audited = [one for one in packages if "vulns" in one]
    except (ValueError, KeyError, TypeError):
        said = (done.stderr.strip() or "nothing").splitlines()
        if any(word in done.stderr.lower() for word in _UNREACHABLE):
            return _say(
                f"audit: the advisory service cannot be reached from here, so nothing was audited ({said[-1]})",
                not_looked,
            )
        return _say(f"audit: pip-audit failed with exit code {done.returncode}: {said[-1]}", 1)
    found = [f"{one['name']} {one['version']}: {known['id']}" for one in audited for known in one["vulns"]]
    if found:
        return _say("audit: known vulnerabilities:\n" + "\n".join(f"  {line}" for line in found), 1)
    if not packages or done.returncode:
        return _say(f"audit: pip-audit looked at {len(packages)} packages and ended with {done.returncode}", 1)
    left = len(packages) - len(audited)
    if not audited:
        return _say(f"audit: the index knows no advisories of the {left} packages, so nothing was audited", not_looked)
    return _say(f"audit: nothing is known against {len(audited)} packages; {left} could not be looked up", 0)


def _say(text: str, code: int) -> int:
    print(text)  # noqa: T201 - a script prints
    return code


if __name__ == "__main__":
    sys.exit(main(must_look="--must-look" in sys.argv[1:]))
