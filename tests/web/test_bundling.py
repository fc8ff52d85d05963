"""Scripts and styles are bundled by the product itself, once, and again when a source has changed."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
from pathlib import Path

import pytest

from aipromote.errors import SetupError
from aipromote.web import bundling


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of `frontend/` that a test may change, with its libraries fetched already."""
    bundling.install_for_tests()
    copied = tmp_path / "frontend"
    shutil.copytree(bundling.SOURCES, copied, symlinks=True)
    return copied


def names(built: Path) -> set[str]:
    return {path.name for path in built.glob("*") if path.suffix in {".js", ".css"}}


def test_a_changed_source_gets_a_bundle_with_another_name_and_the_others_keep_theirs(
    sources: Path, tmp_path: Path
) -> None:
    built = tmp_path / "built"
    told: list[str] = []
    bundling.ensure(told.append, sources=sources, built=built)
    before = names(built)
    bundling.ensure(told.append, sources=sources, built=built)
    assert len(told) == 1
    with (sources / "src/styles/intake.css").open("a") as sheet:
        sheet.write(".one-more { color: red }")
    bundling.ensure(told.append, sources=sources, built=built)
    assert len(told) == 2
    assert {name.split("-")[0] for name in before ^ names(built)} == {"intake"}


def test_a_source_that_cannot_be_bundled_leaves_what_was_there(sources: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    bundling.ensure(sources=sources, built=built)
    before = names(built)
    (sources / "src/app.ts").write_text("this is no script")
    with pytest.raises(SetupError, match=r"app\.ts:1"):
        bundling.ensure(sources=sources, built=built)
    assert names(built) == before
    assert [path.name for path in tmp_path.glob(".built-*")] == []


def _build(sources: Path, built: Path, log: Path) -> None:
    with log.open("a") as told:
        bundling.ensure(lambda line: print(line, file=told), sources=sources, built=built)


def test_processes_that_start_at_once_build_once(sources: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_build, args=(sources, tmp_path / "built", log)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0, 0, 0]
    assert len(log.read_text().splitlines()) == 1


def test_an_installation_without_sources_and_without_bundles_says_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="built without them"):
        bundling.ensure(sources=tmp_path / "none", built=tmp_path / "built")


def test_what_builds_the_bundles_is_not_told_our_secrets(monkeypatch: pytest.MonkeyPatch, sources: Path) -> None:
    monkeypatch.setenv("AIPROMOTE_SECRET_KEY", "do not tell")
    (sources / "build.mjs").write_text("console.log(Object.entries(process.env).join(' ')); process.exit(1)")
    with pytest.raises(SetupError) as refused:
        bundling.ensure(sources=sources, built=sources / "built")
    assert "NO_COLOR" in refused.value.message
    assert "do not tell" not in refused.value.message


def test_the_types_of_all_scripts_agree() -> None:
    node = bundling.install_for_tests()
    compiler = bundling.SOURCES / "node_modules/typescript/bin/tsc"
    done = subprocess.run(
        [node, compiler, "--noEmit"], cwd=bundling.SOURCES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_lock_file_names_no_addresses() -> None:
    assert "://" not in (bundling.SOURCES / "package-lock.json").read_text()
