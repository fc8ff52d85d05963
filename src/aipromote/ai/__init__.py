"""What writes: the protocol of writers, the offline one, and the requests that they work on.

Owns generation requests: how they are asked for, claimed, reported on and ended. Stores nothing of what is written.
"""
