"""Child processes: started as direct children, watched, started again with a growing pause, stopped in order.

If this process dies in whatever way, the kernel sends each child its stop signal (Linux; elsewhere the next start finds
and stops what was left behind). The kernel ties that to the *thread* that started the child, so all of this belongs to
the main thread. Children have their own process groups: Ctrl-C in a terminal reaches only the parent, which stops them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aipromote.embedded.account import Account
from aipromote.embedded.faults import StartError, explained, last_line
from aipromote.embedded.ties import tie_to
from aipromote.errors import SetupError

OnEvent = Callable[[str, str], None]
"""Called with the name of a process and what happened to it, in words for people."""

_TICK = 0.01
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_LONG_ENOUGH = 30.0  # a process that ran this long had a good start
_REMIND = 15.0
_LAST_GRACE = 10.0
_LOG_LIMIT = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to tell that it serves. Times in seconds."""

    name: str
    argv: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] = field(repr=False)
    is_ready: Callable[[int], bool]
    """Asked with the pid, again and again, until it says yes."""
    account: Account | None = None
    prepare: Callable[[], None] = lambda: None
    """Runs before each start, also before a restart."""
    stop_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    grace: float = 60.0
    timeout: float = 60.0
    """How long it may take until it is ready."""


class Child:
    """One program and the process that runs it, if any."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.pause = _FIRST_PAUSE
        self.due = 0.0
        self.started = 0.0
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id while the process runs."""
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Run the program; does not wait until it is ready."""
        program = self.program
        program.prepare()
        with explained(program.log):
            rotate(program.log)
            log = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._log_start = program.log.stat().st_size
            self.process = subprocess.Popen(  # noqa: S603 -- our own programs
                [str(part) for part in program.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.environment),
                cwd="/" if program.account else None,
                process_group=0,
                umask=0o077,
                preexec_fn=tie_to(os.getpid(), program.stop_signal),  # noqa: PLW1509 -- only system calls, no other threads
                **(program.account.popen() if program.account else {}),
            )
        except OSError as error:
            raise StartError(f"{program.name} cannot be run: {error.strerror}: {program.argv[0]}.") from error
        finally:
            os.close(log)
        self.started = time.monotonic()
        self.is_ready = False

    def ask(self) -> bool:
        """Whether it is ready, asking the program if it was not so far."""
        if self.process and not self.is_ready:
            self.is_ready = self.program.is_ready(self.process.pid)
        return self.is_ready

    def ended(self) -> str | None:
        """How the process ended, in words, once it has; its descendants are gone then, too. None while it runs."""
        process = self.process
        if process is None or not _has_exited(process):
            return None
        with suppress(ProcessLookupError, PermissionError):
            # The dead leader is not yet reaped, so nobody else can have this group's number.
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        self.process = None
        self.is_ready = False
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def last_line(self) -> str:
        """What its log says last, since this start."""
        return last_line(self.program.log, since=self._log_start)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process:
            self.process.send_signal(number)


class Children:
    """All child processes, in the order of their start."""

    def __init__(
        self, *, on_event: OnEvent = lambda _name, _what: None, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._children: dict[str, Child] = {}
        self._on_event = on_event
        self._stopping = stopping

    @property
    def pids(self) -> dict[str, int]:
        """Names and process ids of those that run, in the order of their start."""
        return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    def start(self, program: Program) -> None:
        """Run the program and wait until it is ready.

        Raises StartError if it ends before that or takes longer than its `timeout` (it is stopped then), and
        KeyboardInterrupt if this process is asked to stop meanwhile.
        """
        child = Child(program)
        child.start()
        self._children[program.name] = child
        try:
            self._await(child)
        except StartError:
            self.stop([program.name])
            raise

    def tick(self) -> bool:
        """Look after all children once, without waiting. True when a process was lost or started."""
        changes = [self._look_after(child) for child in self._children.values()]
        return any(changes)

    def stop(self, names: Sequence[str], *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop these together and wait; what outlives its grace (or a `hurry`) gets its kill signal, then SIGKILL."""
        children = [self._children.pop(name) for name in names if name in self._children]
        for child in children:
            child.signal(child.program.stop_signal)
        for child in children:
            _wait_for_end(child, child.program.grace, hurry)
            child.signal(child.program.kill_signal)
            _wait_for_end(child, _LAST_GRACE)
            child.signal(signal.SIGKILL)
            _wait_for_end(child, _LAST_GRACE)

    def _await(self, child: Child) -> None:
        program, reminder = child.program, child.started + _REMIND
        while not child.ask():
            if (how := child.ended()) is not None:
                line = child.last_line()
                said = f': "{line}".' if line else "."
                message = f"{program.name} {how} while starting{said} Its log is {program.log}."
                raise StartError(message, last_line=line)
            if self._stopping():
                raise KeyboardInterrupt
            now = time.monotonic()
            if now > child.started + program.timeout:
                raise StartError(
                    f"{program.name} was not ready after {program.timeout:.0f} s. Its log is {program.log}."
                )
            if now > reminder:
                self._on_event(program.name, f"is still starting: {child.last_line()}")
                reminder = now + _REMIND
            time.sleep(_TICK)

    def _look_after(self, child: Child) -> bool:
        now = time.monotonic()
        if child.process is None:
            return now >= child.due and self._start_again(child)
        if (how := child.ended()) is not None:
            self._lose(child, how)
            return True
        if not child.is_ready and child.ask():
            self._on_event(child.program.name, f"runs again (process {child.pid})")
        return False

    def _lose(self, child: Child, how: str) -> None:
        now = time.monotonic()
        if now - child.started > _LONG_ENOUGH:
            child.pause = _FIRST_PAUSE
        child.due = now + child.pause
        said = f' ("{line}")' if (line := child.last_line()) else ""
        self._on_event(
            child.program.name, f"{how}{said}; starts again in {child.pause:g} s. Its log is {child.program.log}"
        )
        child.pause = min(child.pause * 2, _LONGEST_PAUSE)

    def _start_again(self, child: Child) -> bool:
        try:
            child.start()
        except (SetupError, OSError) as error:
            child.started = time.monotonic()
            self._lose(child, f"cannot start: {error}")
            return False
        return True


def rotate(log: Path, *, limit: int = _LOG_LIMIT) -> None:
    """Keep one older log beside one that has grown beyond `limit` bytes. Safe while a process appends to it."""
    if log.exists() and log.stat().st_size > limit:
        older = log.with_suffix(".1.log")
        older.write_bytes(log.read_bytes())
        older.chmod(0o600)
        os.truncate(log, 0)


def _wait_for_end(child: Child, seconds: float, hurry: Callable[[], bool] = lambda: False) -> None:
    end = time.monotonic() + seconds
    while child.process and child.ended() is None and time.monotonic() < end and not hurry():
        time.sleep(_TICK)


def _has_exited(process: subprocess.Popen[bytes]) -> bool:
    """Whether our child has exited; where possible it stays unreaped, so that its process group keeps its number."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
