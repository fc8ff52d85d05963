"""Numbers: snapshots of what became of published posts, and sums that are true for cumulative counters.

Owns analytics. Pulls on its own clock. What a network does not report is NULL, never 0.
"""
