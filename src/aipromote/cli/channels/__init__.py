"""Accounts on networks, and what networks can do."""
