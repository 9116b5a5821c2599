"""Stands between clients and server on a Unix socket, and can keep the reply to a commit to itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class Proxy:
    """Listens as a server would. `withhold` is asked once per commit; true: its reply is dropped, the client cut off.

    A reply to a commit ends with ReadyForQuery outside a transaction, with a completed command and without an error
    before it; a connection's greeting has no command. Anything else passes.
    """

    def __init__(self, folder: Path, upstream: Path, port: int, withhold: Callable[[], bool]) -> None:
        self._upstream, self._withhold = str(upstream / f".s.PGSQL.{port}"), withhold
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{port}"))
        self._listener.listen(16)

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            with suppress(OSError):
                server.connect(self._upstream)
                threading.Thread(target=_copy, args=[client, server], daemon=True).start()
                self._replies(server, client)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _replies(self, server: socket.socket, client: socket.socket) -> None:
        reply, types, end = b"", set[bytes](), 0
        while data := server.recv(1 << 16):
            reply += data
            ready = b""
            # A message is its type, the length of what follows (its own four bytes included), and that.
            while len(reply) >= end + 5 and len(reply) > end + int.from_bytes(reply[end + 1 : end + 5]):
                kind, end = reply[end : end + 1], end + 1 + int.from_bytes(reply[end + 1 : end + 5])
                types.add(kind)
                ready = reply[end - 1 : end] if kind == b"Z" else b""
            if not ready:
                continue
            if ready == b"I" and b"C" in types and b"E" not in types and self._withhold():
                return
            client.sendall(reply)
            reply, types, end = b"", set(), 0
        client.sendall(reply)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
