"""What is said: pillars, series, pieces with their revisions, and approvals.

Owns the piece state machine. An approval covers one revision; an edit makes a new one. Never decides when
something goes out.
"""
