"""The linter's own rules: what squawk lets pass. Each takes all statements of a migration and yields its troubles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """One statement, the lines of the migration that asked for it (the innermost first), and where it runs."""

    text: str
    lines: tuple[int, ...]
    in_transaction: bool

    @property
    def plain(self) -> str:
        """Without comments, string and function bodies, white space folded: fit for patterns."""
        text = re.sub(r"(\$\w*\$).*?\1", "''", self.text, flags=re.DOTALL)
        text = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
        return " ".join(re.sub(r"'(?:[^']|'')*'", "''", text).split()).upper().rstrip("; ")


@dataclass(frozen=True)
class Trouble:
    """A rule's name, what is wrong, and the safe way."""

    rule: str
    what: str
    way: str


Found = Iterator[tuple[Statement, Trouble]]

_NEW = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w.\"]+)")
_TARGET = re.compile(
    r"(?:LOCK (?:TABLE )?(?:ONLY )?|UPDATE (?:ONLY )?|DELETE FROM (?:ONLY )?|TRUNCATE (?:TABLE )?(?:ONLY )?"
    r"|MERGE INTO (?:ONLY )?|ALTER TABLE (?:IF EXISTS )?(?:ONLY )?)([\w.\"]+)"
)
_HEAD = (
    (
        re.compile(r"LOCK\b"),
        Trouble("lock-table", "locks a whole table for the rest of the transaction", "lock rows, or need no lock"),
    ),
    (
        re.compile(r"(UPDATE|DELETE|MERGE)\b|WITH\b.*(?<!FOR )(?<!KEY )(?<!DO )\b(UPDATE|DELETE FROM|MERGE INTO)\b"),
        Trouble(
            "unbatched-change",
            "changes any number of rows in one transaction and holds their locks until its end",
            "a db.backfill.Backfill, run by in_migration(): batches that commit by themselves",
        ),
    ),
    (
        re.compile(
            r"(TRUNCATE|CLUSTER|VACUUM\s*\(?.*FULL|REFRESH MATERIALIZED VIEW (?!CONCURRENTLY))\b"
            r"|ALTER TABLE .*\bSET (UNLOGGED|LOGGED|TABLESPACE|ACCESS METHOD)\b"
            r"|ALTER TABLE .*\bADD (COLUMN )?(IF NOT EXISTS )?\S+ (\S*SERIAL\b|[^,]*\bAS IDENTITY\b)"
        ),
        Trouble("blocking-statement", "nobody can read the table meanwhile", "change rows in batches (db.backfill)"),
    ),
    (
        re.compile(
            r"DROP (TYPE|DOMAIN|SCHEMA|VIEW|MATERIALIZED VIEW)\b|DROP (FUNCTION|PROCEDURE|ROUTINE) (?!IF EXISTS)"
            r"|ALTER (TYPE|DOMAIN|SCHEMA|VIEW|FUNCTION) .*\bRENAME\b"
        ),
        Trouble(
            "last-release-breaks",
            "the release before, which still runs while this one starts, may use it",
            "add what is new beside it, and take the old one away a release later",
        ),
    ),
    (
        re.compile(r"DO\b"),
        Trouble(
            "hidden-statement",
            "what a DO block executes cannot be read here",
            "write the statements out; where they depend on the catalog, excuse this with what they may touch",
        ),
    ),
)
_COLUMN_CHECK = re.compile(r"ADD COLUMN (?:(?!ADD COLUMN|ADD CONSTRAINT).)*\bCHECK\b")
_REPEATABLE = re.compile(
    r"(BEGIN|COMMIT|SET|RESET|SELECT|GRANT|REVOKE|COMMENT|ANALYZE|CREATE OR REPLACE|UPDATE|DELETE|DO)\b"
    r"|.*\bIF (NOT )?EXISTS\b|ALTER TABLE \S+ (VALIDATE CONSTRAINT|(ENABLE|DISABLE|FORCE|NO FORCE) ROW)\b"
    r"|ALTER TABLE \S+ ALTER COLUMN\b|ALTER FUNCTION\b|REINDEX\b|$"
)


def _bare(name: str) -> str:
    return name.replace('"', "").removeprefix("PUBLIC.")


def _made(statements: Sequence[Statement]) -> set[str]:
    return {_bare(name) for statement in statements for name in _NEW.findall(statement.plain)}


def heads(statements: Sequence[Statement]) -> Found:
    """Statements that are told by their first word. A table that this migration made is nobody else's yet."""
    made = _made(statements)
    for statement in statements:
        target = _TARGET.match(statement.plain)
        if target and _bare(target[1]) in made:
            continue
        for pattern, trouble in _HEAD:
            if pattern.match(statement.plain):
                yield statement, trouble


def checks_on_columns(statements: Sequence[Statement]) -> Found:
    """A CHECK that comes with its column is validated at once, against every row."""
    made = _made(statements)
    for statement in statements:
        target = _TARGET.match(statement.plain)
        if target and _bare(target[1]) not in made and _COLUMN_CHECK.search(statement.plain):
            yield (
                statement,
                Trouble(
                    "column-with-check",
                    "looks at every row while nobody may use the table",
                    "add the column bare, then the CHECK as NOT VALID, then VALIDATE it in an autocommit_block()",
                ),
            )


def new_enum_values(statements: Sequence[Statement]) -> Found:
    """A value of an enum cannot be used in the transaction that adds it."""
    added: list[str] = []
    for statement in statements:
        if statement.text.upper().startswith(("COMMIT", "BEGIN")):
            added.clear()
        for value in added:
            if f"'{value}'" in statement.text:
                yield (
                    statement,
                    Trouble(
                        "new-enum-value-used",
                        f"uses the value '{value}', which is not committed yet",
                        "add it in a migration before this one, or in an autocommit_block()",
                    ),
                )
        found = re.search(r"ADD VALUE (?:IF NOT EXISTS )?'((?:[^']|'')*)'", statement.text, flags=re.IGNORECASE)
        if found and statement.in_transaction:
            added.append(found[1])


def cannot_be_repeated(statements: Sequence[Statement]) -> Found:
    """What is committed before the migration's end is done again if the rest fails or is killed."""
    commits = [place for place, statement in enumerate(statements) if not statement.in_transaction]
    for statement in statements[: commits[-1] + 1] if commits else []:
        if not _REPEATABLE.match(statement.plain):
            yield (
                statement,
                Trouble(
                    "not-repeatable",
                    "is committed before the migration has ended (an autocommit_block follows or surrounds it), and "
                    "fails when the migration is run again after an interruption",
                    "IF [NOT] EXISTS, OR REPLACE, `DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c …`, "
                    "or the autocommit_block in a migration of its own",
                ),
            )


OWN: tuple[Callable[[Sequence[Statement]], Found], ...] = (
    heads,
    checks_on_columns,
    new_enum_values,
    cannot_be_repeated,
)
