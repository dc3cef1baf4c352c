"""The load of wrk, a generator in C, where it is installed.

It keeps the server busy. Eight threads of Python share one interpreter lock: they kept it busy a third of the time.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

# Each thread has one connection and an interpreter of its own, so that its variables are those of one client.
_SCRIPT = """
local paths, bodies = {%s}, {%s}
local step, token = 1, ": null"
wrk.headers["Content-Type"] = "application/json"

function request()
  return wrk.format("POST", paths[step], nil, (bodies[step]:gsub(": null", token)))
end

function response(_, _, body)
  step = step %% #paths + 1  -- here, since wrk asks for a request once without sending it
  token = body:match('"mfa_token"(:"[^"]+")') or token
end

function done(summary)
  local errors = summary.errors
  io.write("\\nanswered ", summary.requests, " failed ", errors.connect + errors.read + errors.write + errors.timeout)
end
"""


def installed() -> bool:
    """Whether there is one."""
    return shutil.which("wrk") is not None


def run(url: str, bodies: list[dict[str, Any]], connections: int, seconds: int) -> int:
    """How many requests were answered. Raises RuntimeError when one was not."""
    paths = ", ".join(f"[[{body['path']}]]" for body in bodies)
    texts = ", ".join(f"[[{json.dumps({k: v for k, v in body.items() if k != 'path'})}]]" for body in bodies)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "flow.lua")
        script.write_text(_SCRIPT % (paths, texts), encoding="utf-8")
        command = ["wrk", f"-t{connections}", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answered, failed = output.split()[-3::2]
    if failed != "0":
        raise RuntimeError(f"wrk: {failed} requests to {url} were not answered:\n{output}")
    return int(answered)
