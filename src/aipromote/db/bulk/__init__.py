"""Writing many rows at once: `insert` for what a request or a job brings along, `copy_in` for loads.

Both take rows as mappings, look at every value first (a misfit is named by row and column), and say which rows
conflicted. Both happen inside a savepoint of the caller's transaction: what fails leaves nothing behind.
"""

from aipromote.db.bulk.copying import copy_in
from aipromote.db.bulk.inserting import insert
from aipromote.db.bulk.written import Conflict, OnConflict, Written

__all__ = ["Conflict", "OnConflict", "Written", "copy_in", "insert"]
