"""What an organization knows, found by words: profile, facts, texts of files, posts and their results.

Owns no table and writes nothing. Everything is read where it lies, so that an answer is never older than its sources.
"""
