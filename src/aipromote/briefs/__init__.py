"""Briefs that are being written: the interview's drafts, and what was found for them in a website and in documents.

Owns drafts, which belong to a person: there is no organization yet. A draft may be partial and wrong; a finished one
is a valid brief, from which `strategy.intake` founds the organization. Never changes the brief of an organization.
"""
