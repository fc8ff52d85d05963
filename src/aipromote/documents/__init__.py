"""The typed documents that travel between rooms and are stored as JSON, and the vocabulary that they share.

The brief, facts, the six parts of a strategy, drafts and media references, insights and recommendations; and the words
that all rooms use with one meaning (platforms, kinds of content).

Owns their shapes and how a brief is read from YAML. Never talks to a database or a network.
"""
