"""The audit trail: who changed what, when; written in the transaction that makes the change, and never changed itself.

Owns the log and its shape. Decides nothing: the verbs of other rooms say what they did.
"""
