"""Accounts on social networks: connecting them, their encrypted tokens, refresh, health.

Owns social accounts, what networks last said of them, and the states of OAuth flows under way. Knows nothing of posts.
"""
