"""Reports of contract runs: what one can hand in.

::

    collector      hooks: what every test of a run had to tell, whatever the worker
    model          the result of a run as one tree of values
    build          the tree, made of what was collected
    store          report.json: written, read again
    since          what changed since an older report, and since when a finding is there
    elements       HTML built of elements: whatever is text is escaped
    page, matrix, sequence    report.html, one self-contained file
    markdown       report.md, for the summary of a CI job
    comparison     two reports, two profiles or two cassettes: what drifted
"""
