"""What was learned: weekly summaries whose every number comes from rows, and recommendations with their evidence.

Owns weekly summaries. Proposes changes; never makes one by itself.
"""
