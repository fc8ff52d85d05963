"""The pages, rendered on the server: one module per page group, no SQL, no rules; every form calls one verb."""
