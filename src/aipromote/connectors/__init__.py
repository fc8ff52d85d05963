"""How each social network is spoken to: one package per network behind one contract.

Connectors are pure: they take credentials and a post, speak HTTP, and answer with facts. They own no table, keep no
state between calls, never retry, never log what they send, and know no other room.
"""
