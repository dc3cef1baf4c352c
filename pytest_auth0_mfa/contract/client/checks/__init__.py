"""The checks of a client's requests, of their order, and of its conclusions."""
