"""Start time and idle memory of the whole product: `.venv/bin/python bench/idle.py`.

Starts `aipromote up` three times on one new data folder and prints, for each start, the seconds until the first page is
answered; then, after some idle seconds, the memory and processor time of every process. PSS counts shared pages once.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

IDLE_SECONDS = 20.0


def free_ports() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """The process, and the seconds until its first page."""
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("aipromote")), "up", "--data", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return process, time.monotonic() - begun
        except OSError:
            time.sleep(0.02)
    raise SystemExit("aipromote up ended; run it by hand to see why")


def name_of(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    for part, name in (("aipromote.worker", "worker"), ("aipromote.sandbox", "sandbox"), ("granian", "web")):
        if part in line:
            return name
    if "postgres" in line:
        return "PostgreSQL"
    return "Valkey" if "valkey" in line else "supervisor"


def measure(process: subprocess.Popen[bytes]) -> dict[str, tuple[float, float]]:
    """By name: PSS in MB, processor seconds so far."""
    root = psutil.Process(process.pid)
    found: dict[str, tuple[float, float]] = {}
    for child in (root, *root.children(recursive=True)):
        times = child.cpu_times()
        name = name_of(child)
        memory, used = found.get(name, (0.0, 0.0))
        found[name] = (memory + child.memory_full_info().pss / 1e6, used + times.user + times.system)
    return found


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="aipromote-bench-"))
    folder.chmod(0o755)
    try:
        for number in range(3):
            process, seconds = start(folder / "home", free_ports())
            print(f"start {number + 1}: first page after {seconds:.1f} s")
            if number == 2:
                time.sleep(5)
                before = measure(process)
                time.sleep(IDLE_SECONDS)
                for name, (memory, used) in sorted((after := measure(process)).items()):
                    share = 100 * (used - before[name][1]) / IDLE_SECONDS
                    print(f"  {name:<12} {memory:6.0f} MB PSS   {share:4.1f} % of a core")
                print(f"  {'all':<12} {sum(memory for memory, _ in after.values()):6.0f} MB PSS")
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
