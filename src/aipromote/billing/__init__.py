"""Plans, subscriptions and what was used of them.

Owns subscriptions and usage. One verb matters to others: `consume`, which checks a limit and counts in one statement.
"""
