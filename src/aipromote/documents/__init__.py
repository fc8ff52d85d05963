"""The typed documents that travel between rooms and are stored as JSON: the brief, the six parts of a strategy, media
references, insights and recommendations; and the vocabulary (platforms, kinds of content) that they share.

Owns their shapes and how a brief is read from YAML. Never talks to a database or a network.
"""
