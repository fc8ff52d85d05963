"""What the faces share: a transaction per request, the actor behind it, CSRF, and errors in plain words.

Owns no table and no page. Knows the web framework, so that the rooms below need not.
"""
