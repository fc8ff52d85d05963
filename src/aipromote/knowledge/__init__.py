"""What an organization knows, found by words and by meaning: profile, facts, texts of files, posts and their results.

Owns the vectors of passages, and how far each organization has them. Texts are read where they lie, so that an answer
is never older than its sources: a vector of words that have changed since says nothing.
"""
