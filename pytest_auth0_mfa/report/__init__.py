"""Reports of contract runs: report.json, report.md and report.html.

::

    model                            the result of a run as one tree of values
    store                            report.json: written and read
    words                            sentences about a result that all formats share
    elements                         HTML built from elements, with all text escaped
    page, matrix, findings_section   report.html, one self-contained file
    markdown                         report.md, for the summary of a CI job
    comparison                       what changed between two reports or two profiles
"""
