"""`aipromote brief …`: reading what a founder has already written, checking a brief, and writing one out."""
