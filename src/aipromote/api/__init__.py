"""The read API: JSON under /api/v1 for programs with a key, one module for each resource, nothing that changes a row.

Owns addresses and shapes. Asks the rooms' queries and decides nothing itself.
"""
