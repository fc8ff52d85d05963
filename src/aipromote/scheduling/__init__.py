"""Decides when: slots in the audience's time zone, without conflicts, and approve-and-schedule.

Owns no table of its own yet. Everything about how a post leaves is publishing's.
"""
