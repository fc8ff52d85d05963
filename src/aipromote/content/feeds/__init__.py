"""Drafts from what a startup has already written: a feed's new items, or one article, each once for each platform."""
