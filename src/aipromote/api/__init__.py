"""The API: JSON under /api/v1 for programs with a key, one module for each resource.

Owns addresses and shapes. Asks the rooms' queries and calls their verbs, and decides nothing itself.
"""
