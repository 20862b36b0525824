"""An HTTP/1.1 server on loopback, a thread a connection, that leaves nothing open when it stops.

werkzeug's own server closes the connection after each answer, which costs a client a new one for every call.
"""

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import IO, Any, cast

from werkzeug.serving import DechunkedInput

from sandbox.aws.answers import Answer
from sandbox.aws.errors import Unanswered
from sandbox.aws.routing import Wire

Application = Callable[[Wire], Answer]
"""Answers a request, or raises Unanswered to have the connection closed without a reply."""


class _Handler(BaseHTTPRequestHandler):
    """Reads a request whole, writes its answer in one piece, keeps the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """An answer in two packets would wait 40 ms for the client's delayed acknowledgement."""
    server: "_Server"

    def answer(self) -> None:
        """Any method."""
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        wire = Wire(self.command, path, query, headers, self._body())
        try:
            self._write(self.server.application(wire))
        except (Unanswered, ConnectionError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return DechunkedInput(cast("IO[bytes]", self.rfile)).read()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _write(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Server", "sandbox")
        self.send_header("Date", self.date_time_string())
        names = {name.lower() for name, _ in answer.headers}
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-length" not in names and answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        head = b"".join(getattr(self, "_headers_buffer", [])) + b"\r\n"
        self._headers_buffer: list[bytes] = []
        self.wfile.write(head if self.command == "HEAD" else head + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that http.server gives it
        """Say nothing: the call log holds every call."""


class _Server(ThreadingHTTPServer):
    """Remembers its open connections, so that stopping can end those that are kept alive."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, application: Application) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.application = application
        self._open: set[Any] = set()
        self._open_lock = Lock()

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in its own thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection once it is served."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error; anything else is http.server's to print."""
        with self._open_lock:
            gone = request not in self._open
        if not gone:
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every open connection; the threads then close them."""
        with self._open_lock:
            connections = tuple(self._open)
            self._open.clear()
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class LoopbackServer:
    """Serves an application on 127.0.0.1 between `start` and `stop`."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def start(self, port: int = 0) -> str:
        """Listen and return the URL; port 0 takes a free one. Raises OSError when the port is taken."""
        self._server = _Server(port, self._application)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox-aws", daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Take no more connections and end the open ones; stopping twice is no error."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = self._thread = None
