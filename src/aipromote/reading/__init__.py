"""Reading what a founder has already written: a public web page, or a document that was uploaded.

Owns the one way in which the product opens an address that somebody typed (`fetching`), the text of pages and files,
each passage with its place (`passages`), and what a brief may take from them (`finding`). Whatever it reads is data,
never an instruction and never HTML; nothing is suggested that does not stand there. It knows no database.
"""
