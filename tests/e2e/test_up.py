"""`aipromote up`, as a newcomer meets it."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import psutil
from product import answer, data_folder, facts, run, running, until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_answers_survives_a_killed_child_and_stops_in_order() -> None:
    port = free_port()
    with data_folder() as home:
        arguments = ("up", "--data", str(home), "--port", str(port))
        with running(*arguments) as process:
            status, page = until(lambda: answer(f"http://127.0.0.1:{port}/"), "page")
            assert status == 200
            assert "AIPromote" in page
            sandbox = until(lambda: (facts(home) or {}).get("sandbox_url"), "sandbox address")
            assert "nothing here is public" in answer(sandbox)[1].lower()
            assert until(lambda: answer(f"http://127.0.0.1:{port}/ready"), "schema that is current")[0] == 200

            second = run("up", "--data", str(home), "--port", str(free_port()))
            assert second.returncode == 1
            assert "already runs" in second.stderr
            taken = run("up", "--data", str(home) + "-other", "--port", str(port))
            assert taken.returncode == 1
            assert f"Port {port}" in taken.stderr
            assert "--port" in taken.stderr

            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
        secrets = (home / "secrets.json").read_bytes()
        assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
        with running(*arguments):
            until(lambda: answer(f"http://127.0.0.1:{port}/health"), "second start")
            status = run("db", "status", "--json", "--data", str(home))
            assert '"pending": []' in status.stdout, status.stderr
            well = until(
                lambda: ((done := run("health", "--data", str(home))).returncode == 0 and done.stdout) or None, "health"
            )
            assert "All is well." in well
            health = run("queues", "health", "--json", "--data", str(home))
            assert health.returncode == 0, health.stdout + health.stderr
            assert run("incidents", "--data", str(home)).stdout == "There was no incident.\n"
            doctor = run("doctor", "--data", str(home))
            assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        stopped = run("health", "--data", str(home))
        assert (stopped.returncode, "does not run" in stopped.stdout) == (1, True)
        assert (home / "secrets.json").read_bytes() == secrets


def test_the_database_commands_work_on_a_folder_where_nothing_runs() -> None:
    with data_folder() as home:
        assert "0001" in run("db", "migrate", "--data", str(home)).stdout
        checked = run("db", "check", "--data", str(home))
        assert checked.returncode == 0, checked.stdout + checked.stderr
        doctor = run("doctor", "--data", str(home))
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr


def test_a_data_folder_that_is_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = run("up", "--data", str(file), "--port", str(free_port()))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr
