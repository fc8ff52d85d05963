"""Many startups at once, for load tests: `shape.py` says how many of what, `loading.py` puts them in, batch by batch.

The small tables are copied from here (`startups.py`), the large ones are made by the server from those
(`statements.py`), in the same transaction. Every constraint and trigger is on. Nothing of it can be published: no
account has a token.
"""
