"""How the startup speaks and what it may claim: brand rules, facts, and the check of a text against both.

Owns brand rules and facts. One verb matters to others: `check`, which turns a text into findings; it
never changes a text.
"""
