"""Mutation tests: ``python tools/mutation`` finds out whether the tests notice a changed line of the package.

cosmic-ray lists the mutants, of which a seeded sample is tried. For each mutant only the tests that reach the changed
line run, in a forked pytest, in a copy of the checkout. It needs Linux, Python 3.12 or newer, and about 40 minutes on
two cores. It is meant for maintainers and not part of `.ci/run`.
"""
