"""The tables of findings, of tenants and of clients, and the evidence beside a finding."""
