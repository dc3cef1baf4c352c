"""The tables: operations, refusals, profile, schemas, and the OpenAPI document made of them."""
