"""The ninety-day plan and its versions.

Owns strategies. At most one is active per organization; accepting one archives the one before. Never writes a post.
"""
