"""The writer that needs no model: playbooks, priors and language packs over the brief's own sentences.

It never invents: every statement of a draft is one that the brief or a proven fact makes. Packs add only what connects
them (a bridge, a question, a list's heading), so its texts are plain and its confidence is low.
"""
