"""Would a test notice if a line of the model, or of a check, were another? ``python tools/mutation`` asks.

cosmic-ray says which mutants there are; a seeded sample of them is tried. For each mutant only tests
that reach the changed line run, in a forked pytest, in a copy of the checkout. Linux, Python 3.12 or
newer, and about 40 minutes on two cores; for those who work on the project, not part of `.ci/run`.
"""
