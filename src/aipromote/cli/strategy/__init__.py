"""`aipromote strategy …`: versions of the plan, what differs between them, deciding, going back, planning anew."""
