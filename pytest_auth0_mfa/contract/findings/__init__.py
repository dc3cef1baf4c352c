"""The tables of findings about tenants and about clients, and the evidence of a finding."""
