"""Accounts on social networks: connecting them, their encrypted tokens, refresh, health.

Owns social accounts and the states of OAuth flows under way. Knows nothing of posts.
"""
