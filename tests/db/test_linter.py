"""The linter of migrations: each rule refuses its bad example and lets the safe way pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipromote.db.linter import FROZEN, SQUAWK_RULES, VERSIONS, Finding, lint

HEAD = "import sqlalchemy as sa\nfrom alembic import op\nfrom aipromote.db.backfill import Backfill, in_migration\n\n"
BLOCK = "with op.get_context().autocommit_block():\n        "


def judged(folder: Path, *steps: str, back: str = 'op.execute("SELECT 1")') -> list[Finding]:
    """What the linter says about a migration whose upgrade has these steps."""
    up = "\n".join(f"    {step}" for step in steps)
    source = f"{HEAD}def upgrade() -> None:\n{up}\n\n\ndef downgrade() -> None:\n    {back}\n"
    (folder / "0099_an_example.py").write_text(source, encoding="utf-8")
    return lint(folder)


def sql(statement: str) -> str:
    return f'op.execute("""{statement}""")'


BAD = [
    ("require-concurrent-index-creation", [sql("CREATE INDEX ix ON facts (kind)")]),
    ("require-concurrent-index-creation", ['op.create_index("ix", "facts", ["kind"])']),
    (
        "ban-concurrent-index-creation-in-transaction",
        [sql("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON facts (kind)")],
    ),
    ("require-concurrent-index-deletion", ['op.drop_index("ix", "facts")']),
    ("require-concurrent-reindex", [sql("REINDEX TABLE facts")]),
    ("adding-field-with-default", [sql("ALTER TABLE facts ADD COLUMN token uuid DEFAULT gen_random_uuid()")]),
    ("adding-field-with-default", [sql("ALTER TABLE facts ADD COLUMN n int GENERATED ALWAYS AS (1) STORED")]),
    ("adding-required-field", ['op.add_column("facts", sa.Column("n", sa.Integer, nullable=False))']),
    ("adding-serial-primary-key-field", [sql("ALTER TABLE facts ADD COLUMN n serial PRIMARY KEY")]),
    ("changing-column-type", ['op.alter_column("facts", "kind", type_=sa.BigInteger)']),
    ("adding-not-nullable-field", ['op.alter_column("facts", "kind", nullable=False)']),
    ("adding-foreign-key-constraint", ['op.create_foreign_key("fk", "facts", "users", ["a"], ["id"])']),
    ("adding-foreign-key-constraint", [sql("ALTER TABLE facts ADD COLUMN who uuid REFERENCES users (id)")]),
    ("constraint-missing-not-valid", ['op.create_check_constraint("ck", "facts", "n > 0")']),
    (
        "constraint-missing-not-valid",
        [
            sql("ALTER TABLE facts ADD CONSTRAINT ck CHECK (n > 0) NOT VALID"),
            sql("ALTER TABLE facts VALIDATE CONSTRAINT ck"),
        ],
    ),
    ("disallowed-unique-constraint", ['op.create_unique_constraint("uq", "facts", ["n"])']),
    ("ban-drop-column", ['op.drop_column("facts", "kind")']),
    ("ban-drop-table", ['op.drop_table("facts")']),
    ("renaming-column", ['op.alter_column("facts", "kind", new_column_name="sort")']),
    ("renaming-table", ['op.rename_table("facts", "truths")']),
    ("syntax-error", [sql("ALTER TABLE facts ADD COLUMN")]),
    ("column-with-check", [sql("ALTER TABLE facts ADD COLUMN n int CHECK (n > 0)")]),
    ("lock-table", [sql("LOCK TABLE facts IN SHARE MODE")]),
    ("unbatched-change", [sql("UPDATE facts SET kind = 'NOTE'")]),
    ("unbatched-change", [sql("DELETE FROM facts WHERE kind = 'NOTE'")]),
    (
        "unbatched-change",
        [sql("WITH old AS (SELECT id FROM facts) DELETE FROM facts USING old WHERE facts.id = old.id")],
    ),
    ("blocking-statement", [sql("TRUNCATE facts")]),
    ("blocking-statement", [sql("VACUUM FULL facts")]),
    ("blocking-statement", [sql("REFRESH MATERIALIZED VIEW sums")]),
    ("blocking-statement", [sql("ALTER TABLE facts SET UNLOGGED")]),
    ("blocking-statement", [sql("ALTER TABLE facts ADD COLUMN n bigserial")]),
    ("blocking-statement", [sql("ALTER TABLE facts ADD COLUMN n int GENERATED ALWAYS AS IDENTITY")]),
    ("unbatched-change", [sql("MERGE INTO facts f USING plans p ON true WHEN MATCHED THEN UPDATE SET n = 1")]),
    ("last-release-breaks", [sql("DROP FUNCTION doors.due(int)")]),
    ("last-release-breaks", [sql("ALTER TYPE platform RENAME VALUE 'X' TO 'TWITTER'")]),
    ("hidden-statement", [sql("DO $$ BEGIN UPDATE facts SET kind = 'NOTE'; END $$")]),
    (
        "new-enum-value-used",
        [sql("ALTER TYPE platform ADD VALUE 'X'"), sql("CREATE VIEW v AS SELECT 1 WHERE 'X'::platform IS NULL")],
    ),
    (
        "not-repeatable",
        [
            'op.add_column("facts", sa.Column("n", sa.Integer))',
            'in_migration(Backfill(table="facts", change="n = 1", undone="n IS NULL"))',
        ],
    ),
    ("not-repeatable", [BLOCK + sql("CREATE INDEX CONCURRENTLY ix ON facts (kind)")]),
    ("not-readable", ['op.get_bind().execute(sa.text("SELECT 1")).scalar()']),
]


@pytest.mark.parametrize(("rule", "steps"), BAD, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(BAD)])
def test_an_unsafe_statement_is_refused(tmp_path: Path, rule: str, steps: list[str]) -> None:
    found = judged(tmp_path, *steps)
    assert rule in {finding.rule for finding in found}
    told = next(str(finding) for finding in found if finding.rule == rule)
    assert told.startswith("0099_an_example.py:")
    assert "Instead: " in told


def test_a_finding_names_the_line_that_asked_for_the_statement(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, "pass", 'for table in ("facts",):', '    op.execute(f"LOCK TABLE {table}")')
    assert (found.line, found.statement) == (8, "LOCK TABLE facts;")


GOOD = [
    [
        "op.create_table('things', sa.Column('n', sa.Integer))",
        "op.create_index('ix', 'things', ['n'])",
        sql("UPDATE things SET n = 1"),
    ],
    [sql("CREATE UNLOGGED TABLE public.things (n int)"), sql('DELETE FROM "things" WHERE n = 1')],
    [sql("WITH held AS (SELECT id FROM facts FOR UPDATE) SELECT count(*) FROM held")],
    ['op.add_column("facts", sa.Column("n", sa.Integer))'],
    [sql("ALTER TABLE facts ADD COLUMN n int NOT NULL DEFAULT 0")],
    [BLOCK + sql("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON facts (kind)")],
    [BLOCK + 'op.create_index("ix", "facts", ["kind"], postgresql_concurrently=True, if_not_exists=True)'],
    [
        sql("ALTER TABLE facts DROP CONSTRAINT IF EXISTS ck, ADD CONSTRAINT ck CHECK (n > 0) NOT VALID"),
        BLOCK + sql("ALTER TABLE facts VALIDATE CONSTRAINT ck"),
    ],
    [
        sql("ALTER TABLE facts DROP CONSTRAINT IF EXISTS f, ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t NOT VALID"),
        BLOCK + sql("ALTER TABLE facts VALIDATE CONSTRAINT f"),
    ],
    [
        sql("ALTER TABLE facts DROP CONSTRAINT IF EXISTS ck, ADD CONSTRAINT ck CHECK (n IS NOT NULL) NOT VALID"),
        BLOCK + sql("ALTER TABLE facts VALIDATE CONSTRAINT ck"),
        sql("ALTER TABLE facts ALTER COLUMN n SET NOT NULL"),
    ],
    [
        sql("ALTER TABLE facts ADD COLUMN IF NOT EXISTS n int"),
        'in_migration(Backfill(table="facts", change="n = 1", undone="n IS NULL"))',
    ],
    [sql("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE facts SET kind = 'NOTE' $$")],
    [sql("COMMENT ON TABLE facts IS 'LOCK TABLE facts; it is only a remark'")],
]  # fmt: skip


@pytest.mark.parametrize("steps", GOOD, ids=range(len(GOOD)))
def test_the_safe_way_passes(tmp_path: Path, steps: list[str]) -> None:
    assert [str(finding) for finding in judged(tmp_path, *steps)] == []


def test_every_rule_of_squawk_that_is_on_exists() -> None:
    proved = {rule for rule, _ in BAD} & SQUAWK_RULES
    by_nature = {
        "require-concurrent-partition-detach", "ban-drop-database", "ban-truncate-cascade", "transaction-nesting",
        "ban-uncommitted-transaction", "identifier-too-long",
    }  # fmt: skip
    assert proved | by_nature == SQUAWK_RULES


def test_an_excuse_needs_its_rule_and_a_reason(tmp_path: Path) -> None:
    step = 'op.drop_column("facts", "kind")'
    assert judged(tmp_path, "# unsafe ban-drop-column: no release has read it since 0.3", step) == []
    for excuse in (
        "# unsafe ban-drop-column",
        "# unsafe ban-drop-column: old",
        "# unsafe ban-drop-table: nobody reads it any more",
    ):
        assert {finding.rule for finding in judged(tmp_path, excuse, step)} == {"ban-drop-column", "idle-excuse"}
    assert [finding.rule for finding in judged(tmp_path, "# unsafe lock-table: it is only for a moment", "pass")] == [
        "idle-excuse"
    ]


def test_a_migration_that_cannot_be_taken_back_is_refused(tmp_path: Path) -> None:
    assert [finding.rule for finding in judged(tmp_path, sql("SELECT 1"), back="pass")] == ["missing-downgrade"]


def test_the_migrations_of_this_release_are_safe() -> None:
    assert [str(finding) for finding in lint()] == []


def test_only_the_first_migrations_are_exempt_and_they_would_not_pass_now() -> None:
    assert FROZEN == "0005"
    places = {finding.path.name.split("_", 1)[0] for finding in lint(VERSIONS, after="0000")}
    assert {"0003", "0004", "0005"} <= places
