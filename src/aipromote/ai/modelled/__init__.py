"""The writer that asks a model for ideas and words, and keeps hold of everything that can be computed or checked.

Shares, cadence, windows and dated slots are ours. Every text is measured as its network counts it, and looked through
for claims without a fact, addresses and names that nobody gave. What fails goes back once; what fails again is left to
the offline writer, and says so.
"""
