"""The linter of migrations: reads what each would execute, and refuses what blocks people or breaks the last release.

Every migration after the frozen first ones is written out as SQL (no server is needed) and judged twice: by squawk,
which knows the locks of PostgreSQL's statements, and by a few rules of our own for what squawk lets pass. Each finding
says what, where, and the safe way. What is right nevertheless is excused beside the statement, with a reason:

    # unsafe ban-drop-column: no release has read it since 0.3
    op.drop_column("facts", "origin")

An excuse that excuses nothing is a finding too. `grep -rn "# unsafe" migrations/` lists them all.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from aipromote.db.lint_rules import OWN, Statement, Trouble
from aipromote.errors import SetupError

VERSIONS = Path(__file__).parent / "migrations" / "versions"
FROZEN = "0005"
"""Up to here migrations are exempt: they made the first schema and its guards, were released before this linter was
written, and a released migration is never edited."""

SQUAWK_RULES = frozenset({
    "require-concurrent-index-creation", "ban-concurrent-index-creation-in-transaction", "require-concurrent-reindex",
    "require-concurrent-index-deletion", "require-concurrent-partition-detach", "adding-field-with-default",
    "adding-required-field", "adding-not-nullable-field", "adding-serial-primary-key-field", "changing-column-type",
    "adding-foreign-key-constraint", "constraint-missing-not-valid", "disallowed-unique-constraint", "ban-drop-column",
    "ban-drop-table", "ban-drop-database", "ban-truncate-cascade", "renaming-column", "renaming-table",
    "transaction-nesting", "ban-uncommitted-transaction", "syntax-error", "identifier-too-long",
})  # fmt: skip
"""Of squawk's rules those about locks and running releases. The others are about taste (bigint, text, IF NOT EXISTS
inside a transaction) or about time-outs, which the migrator sets for every migration."""

_EXCUSE = re.compile(r"#\s*unsafe\s+(?P<rule>[a-z-]+)\s*:?\s*(?P<reason>.*)")
_ENOUGH = 10  # characters; a reason is a sentence, not a sigh


@dataclass(frozen=True)
class Finding:
    """One refused statement: `path`:`line`, the rule's name, what is wrong, and the safe way."""

    path: Path
    line: int
    rule: str
    what: str
    way: str
    statement: str = ""

    def __str__(self) -> str:
        shown = f"\n    {self.statement}" if self.statement else ""
        return f"{self.path.name}:{self.line}: {self.rule}: {self.what}{shown}\n    Instead: {self.way}"


class _Recorder:
    """Where alembic writes the SQL: keeps each statement with the lines of the migration that asked for it."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self.statements: list[Statement] = []
        self._inside = True

    def write(self, text: str) -> None:
        if not (text := text.strip()):
            return
        if text in {"BEGIN;", "COMMIT;"}:
            self._inside = text == "BEGIN;"
        lines = tuple(self._lines(sys._getframe(1)))  # noqa: SLF001 -- whose call this is, only the stack tells
        self.statements.append(Statement(text, lines, in_transaction=self._inside))

    def flush(self) -> None:
        """Nothing is held back."""

    def _lines(self, frame: FrameType | None) -> Iterator[int]:
        while frame is not None:
            if frame.f_code.co_filename == self._path:
                yield frame.f_lineno
            frame = frame.f_back


def lint(folder: Path = VERSIONS, *, after: str = FROZEN) -> list[Finding]:
    """Every finding in the migrations of the folder that come after `after`. Raises SetupError without squawk."""
    squawk = _squawk()
    paths = [path for path in sorted(folder.glob("[0-9]*_*.py")) if path.name.split("_", 1)[0] > after]
    return [finding for path in paths for finding in _lint_file(path, squawk)]


def _lint_file(path: Path, squawk: Path) -> list[Finding]:
    module = _load(path)
    if not callable(getattr(module, "downgrade", None)) or _is_empty(path, "downgrade", but_not="upgrade"):
        found = [_found(path, Trouble("missing-downgrade", "it cannot be taken back", "write downgrade()"), None)]
    else:
        found = []
    try:
        statements = _written_out(path, module.upgrade)
    except Exception as error:  # noqa: BLE001 -- whatever a migration raises here is what has to be told
        way = "use op.execute() with whole statements, and db.backfill for what depends on rows"
        trouble = Trouble("not-readable", f"it cannot be written out as SQL ({type(error).__name__}: {error})", way)
        return [*found, _found(path, trouble, None)]
    troubles = [*_judged_by_squawk(squawk, statements), *_judged_by_us(statements)]
    excuses = _Excuses(path)
    found += [
        _found(path, trouble, statement) for statement, trouble in troubles if not excuses.cover(statement, trouble)
    ]
    return sorted([*found, *excuses.bad()], key=lambda finding: finding.line)


def _written_out(path: Path, upgrade: Callable[[], None]) -> list[Statement]:
    """The statements of the upgrade in their order; BEGIN and COMMIT stand where a transaction begins and ends."""
    recorder = _Recorder(path)
    options = {"as_sql": True, "output_buffer": recorder, "transaction_per_migration": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        upgrade()
    return [Statement("BEGIN;", (), in_transaction=True), *recorder.statements, Statement("COMMIT;", (), True)]


def _judged_by_us(statements: list[Statement]) -> list[tuple[Statement, Trouble]]:
    return [(statement, trouble) for rule in OWN for statement, trouble in rule(statements)]


def _judged_by_squawk(squawk: Path, statements: list[Statement]) -> list[tuple[Statement, Trouble]]:
    by_line: dict[int, Statement] = {}
    lines: list[str] = []
    for statement in statements:
        for text in statement.text.splitlines():
            by_line[len(lines)] = statement
            lines.append(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migration.sql"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        arguments = [str(squawk), "--reporter", "json", "--pg-version", "16.0", str(path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 -- our own file
    try:
        told = json.loads(done.stdout or "[]")
    except ValueError:
        raise SetupError(f"squawk said what is no JSON: {(done.stderr or done.stdout)[:300]}") from None
    return [
        (by_line[each["line"]], Trouble(each["rule_name"], each["message"], each["help"] or "see the rule's page"))
        for each in told
        if each["rule_name"] in SQUAWK_RULES
    ]


class _Excuses:
    """The comments of one file that excuse a rule for the statement beside or below them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        source = path.read_text(encoding="utf-8")
        self._lines = source.splitlines()
        self._spans = [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Expr | ast.Assign | ast.Return | ast.AnnAssign)
        ]
        self._used: set[int] = set()

    def cover(self, statement: Statement, trouble: Trouble) -> bool:
        """Whether an excuse for this rule, with a reason, stands where the statement is asked for."""
        for line in statement.lines:
            for number in self._beside(line):
                match = _EXCUSE.search(self._lines[number - 1])
                if match and match["rule"] == trouble.rule and len(match["reason"].strip()) >= _ENOUGH:
                    self._used.add(number)
                    return True
        return False

    def bad(self) -> list[Finding]:
        """Excuses that excuse nothing, or give no reason."""
        return [
            Finding(
                self._path,
                number,
                "idle-excuse",
                "this comment excuses nothing here, or gives no reason",
                "write `# unsafe <rule>: <reason>` right above the statement, or remove it",
            )
            for number, text in enumerate(self._lines, start=1)
            if _EXCUSE.search(text) and number not in self._used
        ]

    def _beside(self, line: int) -> Iterator[int]:
        around = [span for span in self._spans if span[0] <= line <= span[1]]
        first, last = max(around, default=(line, line))
        yield from range(first, last + 1)
        while first > 1 and self._lines[first - 2].lstrip().startswith("#"):
            first -= 1
            yield first


def _found(path: Path, trouble: Trouble, statement: Statement | None) -> Finding:
    line = statement.lines[0] if statement and statement.lines else 1
    shown = " ".join(statement.text.split())[:160] if statement else ""
    return Finding(path, line, trouble.rule, trouble.what, trouble.way, shown)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"linted_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _is_empty(path: Path, name: str, *, but_not: str) -> bool:
    """Whether the function `name` does nothing although `but_not` does something."""
    functions = {
        node.name: [part for part in node.body if not _says_nothing(part)]
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    return bool(functions.get(but_not)) and not functions.get(name)


def _says_nothing(part: ast.stmt) -> bool:
    return isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))


def _squawk() -> Path:
    beside = Path(sys.executable).with_name("squawk")
    found = beside if beside.exists() else shutil.which("squawk")
    if found is None:
        raise SetupError(
            "The linter of migrations needs squawk, which is installed for development only. "
            "Run it from a checkout: `./aipromote db lint`, or `pip install -r requirements-dev.lock`."
        )
    return Path(found)
