"""The tenant contract: what must a tenant do?"""
