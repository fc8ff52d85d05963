"""How a post leaves the house: scheduled posts, attempts, and the step arm → fire → record → reconcile.

Owns scheduled posts and publish attempts and their state machine. Decides how, never when, and never changes a text.
"""
