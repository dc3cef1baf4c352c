"""Fuzzing: ``python tools/fuzzing`` plays 20,000 cases each, the tests a part of them.

targets     every parser, as a function of bytes that fails when anything but a clear refusal comes out
damage      valid documents, cut, doubled and spliced: Hypothesis' input for the targets
guided      the same targets under atheris, which looks for bytes that reach new lines
keys        values that get past the login: fresh tokens, codes and ids of a tenant
api         Schemathesis, with the project's own OpenAPI document, against the real server
"""

import sys
from pathlib import Path

# What the tests give (helpers, valid calls) is used here too; pytest has it on its path, a script has not.
sys.path.append(str(Path(__file__).parents[2] / "tests"))
