"""One file with everything that an instance keeps: made from one snapshot, sealed, restored whole or not at all.

Owns the format of that file and the way there and back. Knows no table by name but the assets, whose files go along,
and leaves it to publishing to hold what was restored.
"""
