"""Feeds, and drafts from what a startup has already written."""
