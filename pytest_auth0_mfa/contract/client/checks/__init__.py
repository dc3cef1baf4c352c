"""What is held against a client's requests, their order, its conclusions and its decisions."""
