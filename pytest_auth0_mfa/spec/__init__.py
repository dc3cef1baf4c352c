"""The tables of operations, refusals and profile fields, the schemas, and the OpenAPI document made from them."""
