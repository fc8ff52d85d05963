"""The JSON face: one module per resource, Pydantic in and out; every route calls one verb or one query."""
