"""What a blog says: its feed (RSS, Atom, JSON Feed), or a single article, as items of plain text.

`looking` fetches and finds the feed of a page; `parsing` and `article` run in the child process and see hostile bytes.
"""
