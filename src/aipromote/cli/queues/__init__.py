"""`aipromote queues …`: what the queues carry, who works on them, what has failed, and what is done again and again."""
