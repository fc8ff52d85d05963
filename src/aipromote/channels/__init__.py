"""Accounts on social networks: connecting them, their encrypted tokens, refresh, health.

Owns social accounts, what networks last said of them, ways to a network and back that are under way, and the apps that
networks know the instance by. Knows nothing of posts.
"""
