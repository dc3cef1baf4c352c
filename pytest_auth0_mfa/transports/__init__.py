"""Carry requests to a handler: in process, over HTTPS, or to a tenant somewhere else.

No transport holds any behaviour of the API, so none can drift from another.
"""
