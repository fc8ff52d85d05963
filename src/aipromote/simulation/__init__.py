"""Weeks in a minute: drives the product through simulated time, with its own verbs and real servers.

Owns no table. What it does, a founder could do by hand; only the clock is put forward, and the sandbox network is asked
at the end what it really received.
"""
