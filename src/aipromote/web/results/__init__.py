"""Results: what the posts of a time came to, as charts that say what they show, a table, and a file to take along."""
