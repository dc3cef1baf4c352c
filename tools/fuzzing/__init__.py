"""Fuzzing: ``python tools/fuzzing`` plays 20,000 cases of each part, the tests play some of them.

targets   every parser as a function of bytes, which fails unless the result is a value or a clear refusal seeds
valid documents for each parser damage    damaged documents, which Hypothesis gives to the targets guided    the same
targets under atheris, which looks for bytes that reach new lines growth    long documents, to find parsers that take
quadratic time holdouts  clients in every state of a connection, which a server has to stop in spite of api
Schemathesis with the project's OpenAPI document, against the real server
"""

import sys
from pathlib import Path

# Scripts need the path to the helpers of the tests; under pytest it is already there.
sys.path.append(str(Path(__file__).parents[2] / "tests"))
