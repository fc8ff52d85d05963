"""Decides when: slots in the audience's time zone, without conflicts, approve-and-schedule, and without a click.

Owns no table of its own yet. Everything about how a post leaves is publishing's.
"""
