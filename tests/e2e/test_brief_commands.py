"""`aipromote brief …`, as people type it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import product

sys.path.insert(0, str(Path(__file__).parents[1] / "reading"))
from corpus import DATA

PITCH = str(DATA / "documents" / "pitch.md")


def test_a_document_becomes_a_brief_that_can_be_checked(tmp_path: Path) -> None:
    out = tmp_path / "brief.yaml"
    done = product.run("brief", "read", PITCH, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "screws for small workshops" in done.stdout
    text = out.read_text()
    assert "# guess: pitch.md, line 1: “Sortiment: screws for small workshops”" in text
    assert "HACKED" not in text
    checked = product.run("brief", "check", str(out))
    assert (checked.returncode, checked.stdout) == (0, f"{out}: the brief of Sortiment is whole.\n")
    again = product.run("brief", "read", PITCH, "--out", str(out))
    assert again.returncode == 1
    assert "exists and is left as it is" in again.stderr
    assert out.read_text() == text


def test_what_was_found_can_be_read_by_programs() -> None:
    done = product.run("brief", "read", PITCH, "--json")
    told = json.loads(done.stdout)
    assert told["brief"]["name"] == "Sortiment"
    assert {"path", "value", "source", "place", "quote", "confidence"} == set(told["found"][0])


def test_an_address_of_the_house_is_refused() -> None:
    for address in ("http://127.0.0.1:1/", "http://169.254.169.254/", "http://localhost/"):
        done = product.run("brief", "read", address)
        assert done.returncode == 1
        assert "It is not opened" in done.stderr
        assert "Traceback" not in done.stderr


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: Acme\nstage: sed\n")
    done = product.run("brief", "check", str(wrong))
    assert done.returncode == 1
    assert f"{wrong}:2: stage: found 'sed'" in done.stdout
    assert json.loads(product.run("brief", "schema").stdout)["required"] == ["name", "description"]
