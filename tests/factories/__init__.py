"""Plain functions that make rows for tests; one file per room."""
