"""The data dictionary and the entity diagram, made from the live catalog and the models; it never touches a row.

`catalog` asks PostgreSQL, `meanings` adds what a name does not say, `pages` writes Markdown, `layout` and `drawing` the
picture. The same schema always gives the same bytes, so a test can tell whether the documents are still true.
"""
