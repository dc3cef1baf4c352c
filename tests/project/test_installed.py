"""What is tested is what was installed."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from helpers.places import PROJECT

import pytest_auth0_mfa

ROOT = PROJECT


@pytest.mark.skipif("AUTH0_MFA_TEST_INSTALLED" not in os.environ, reason="only tox installs the wheel")
def test_the_wheel_is_tested_and_not_the_checkout() -> None:
    """Under tox the package comes from the environment's site-packages, schemas included."""
    package = Path(pytest_auth0_mfa.__file__).parent
    assert package.parent.name == "site-packages"
    assert package != ROOT / "pytest_auth0_mfa"
    assert (package / "schemas").is_dir()


def test_lowest_versions_are_the_lower_bounds() -> None:
    """tests/lowest.txt pins every declared lower bound, so that `tox -e lowest` tests what is promised."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() if name != "all" for line in lines]
    declared = sorted((line.replace(">=", "==") for line in [*project["dependencies"], *extras]), key=str.lower)
    pinned = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in pinned if not line.startswith("#")] == declared


def test_the_extra_all_is_every_extra() -> None:
    """`pip install 'pytest-auth0-mfa[all]'` leaves no feature out."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    names = re.fullmatch(r"pytest-auth0-mfa\[(.*)\]", everything)
    assert names is not None
    assert names[1].split(",") == sorted(set(extras) - {"all"})


def test_the_group_of_the_tests_installs_what_the_extras_do() -> None:
    """`pip install . --group test` is enough to play them."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = read["project"]["optional-dependencies"]
    features = {line for name, lines in extras.items() if name != "all" for line in lines}
    assert set(read["dependency-groups"]["features"]) == features
    assert {"include-group": "features"} in read["dependency-groups"]["test"]
