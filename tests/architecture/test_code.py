"""Rules of the house that no linter knows, read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aipromote
from aipromote.connectors import registry
from aipromote.settings import Settings

ROOT = Path(aipromote.__file__).parent
PROJECT = ROOT.parents[1]
FORBIDDEN_NAMES = {"utils", "common", "core", "helpers", "service", "services", "manager", "managers", "misc"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_no_file_has_a_name_that_says_nothing() -> None:
    for path in ROOT.rglob("*"):
        assert path.stem not in FORBIDDEN_NAMES, path


def test_every_room_says_what_it_owns() -> None:
    for room in ROOT.iterdir():
        if room.is_dir() and room.name != "__pycache__":
            docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
            assert docstring, room.name
            assert len(docstring) > 60, room.name


def test_only_the_clock_asks_the_computer_for_the_time() -> None:
    asking = {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today", "datetime.date.today"}
    for name, tree in sources():
        if name != "clock.py":
            assert asking.isdisjoint(calls(tree)), name


def test_only_the_settings_read_the_environment() -> None:
    for name, tree in sources():
        if name == "settings.py":
            continue
        used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert used.isdisjoint({"os.environ", "os.getenv"}), name


def test_verbs_never_commit() -> None:
    edges = ("http/", "worker.py", "jobs/", "db/", "cli/", "simulation/", "sandbox/", "studio/")
    for name, tree in sources():
        if not name.startswith(edges):
            assert not any(call.endswith((".commit", ".rollback")) for call in calls(tree)), name


def test_every_setting_is_explained_in_the_operations_guide() -> None:
    guide = (PROJECT / "docs" / "operations.md").read_text()
    for name in Settings.model_fields:
        variable = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}.get(name, f"AIPROMOTE_{name.upper()}")
        assert f"`{variable}`" in guide, variable


def test_every_job_is_explained_and_has_one_handler_and_one_source() -> None:
    from aipromote import worker  # noqa: PLC0415 -- the whole product, only for this test

    page = (PROJECT / "docs" / "jobs.md").read_text()
    assert set(worker.HANDLERS) == set(worker.SOURCES)
    for kind in worker.HANDLERS:
        assert f"`{kind.name}`" in page, kind.name
        assert f"`{kind.queue.name}`" in page, kind.queue.name


def test_every_connector_is_explained() -> None:
    page = (PROJECT / "docs" / "connectors.md").read_text().lower()
    for name in registry.names():
        assert name in page, name


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in sorted((PROJECT / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_no_lock_file_carries_an_address() -> None:
    for path in (*PROJECT.glob("requirements*.lock"), PROJECT / "tests/connectors/pds/package-lock.json"):
        assert "://" not in path.read_text(), path.name


def test_the_rooms_are_stacked() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_two_test_files_share_a_name() -> None:
    """In folders that are no packages the second of two files of one name cannot be collected by a whole run."""
    loose = [path for path in (PROJECT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in loose)
    assert [name for name, times in names.items() if times > 1] == []
