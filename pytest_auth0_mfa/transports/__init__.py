"""Carries requests to a handler: in process, over HTTPS, or to a tenant elsewhere.

No transport contains behaviour of the API, so that all transports behave alike.
"""
