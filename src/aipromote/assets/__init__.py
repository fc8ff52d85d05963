"""Files: logos, pictures, documents; where they are stored and what is known of them.

Owns assets and their storage. Nothing here decides where a file is used.
"""
