"""How good a writer is: a set of different briefs, and what can be counted of the posts written for them.

Owns the set and the measures. Stores nothing, and judges no taste: a person has to read the posts as well.
"""
