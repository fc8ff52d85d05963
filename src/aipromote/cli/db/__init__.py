"""`aipromote db …`: `tree.py` declares the commands, one module beside it does the work of each group."""
