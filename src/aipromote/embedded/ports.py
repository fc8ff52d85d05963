"""TCP ports on this machine."""

from __future__ import annotations

import errno
import socket

from aipromote.errors import SetupError


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free right now. Somebody else may take it before you do: be ready to ask again."""
    with _socket(host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could open this port right now."""
    try:
        with _socket(host) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError):
        return False
    return True


def require_free(host: str, port: int) -> int:
    """The port to serve people on: `port`, or any free one for 0. SetupError that names the option when it is taken."""
    try:
        with _socket(host) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise SetupError(_words(host, port, error)) from error


def _words(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program. "
            f"Stop that program, or choose another port: aipromote up --port {free_port(host)}"
        )
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}. Choose one above 1023: aipromote up --port {free_port(host)}"
    return f"Port {port} on {host} cannot be opened: {error.strerror or error}. Give another address with --host."


def _socket(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
