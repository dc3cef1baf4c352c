"""Carry requests to a handler: in process, over HTTPS, or to a tenant somewhere else.

No transport holds any behaviour of the API, so none can drift from another.
"""

from .cors import with_cors
from .in_process import in_process
from .live import Live, TransportError, live
from .server import Server, serve

__all__ = ["Live", "Server", "TransportError", "in_process", "live", "serve", "with_cors"]
