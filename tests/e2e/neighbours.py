# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small web servers of other sites, for tests that look at what a browser does between sites."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from harness import free_port


class Seen:
    """A request that arrived."""

    def __init__(self, method, path, values):
        self.method, self.path, self.values = method, path, values


class Neighbour:
    """One server at an origin of its own. answers: path -> (status, header fields, body); a path
    without one is answered with its own name."""

    def __init__(self, host="localhost", family=socket.AF_INET):
        self.answers, self.seen = {}, []
        neighbour = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                neighbour.answer(self, "GET", "")

            def do_POST(self):
                size = int(self.headers.get("Content-Length", "0"))
                neighbour.answer(self, "POST", self.rfile.read(size).decode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            address_family = family
            daemon_threads = True

        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.server = Server((address, free_port()), Handler)
        self.origin = "http://%s:%d" % (host, self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, method, body):
        parts = urlsplit(handler.path)
        self.seen.append(Seen(method, parts.path, dict(parse_qsl(parts.query + "&" + body))))
        status, fields, text = self.answers.get(
            parts.path, (200, {"Content-Type": "text/html"}, "<title>%s</title>here" % parts.path))
        if callable(fields):
            fields = fields(parts)
        handler.send_response(status)
        for name, value in fields.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())

    def page(self, path, text):
        self.answers[path] = (200, {"Content-Type": "text/html; charset=utf-8"}, text)

    def redirect(self, path, target):
        """target: an address, or a function of the split request target."""
        fields = (lambda parts: {"Location": target(parts)}) if callable(target) else {"Location": target}
        self.answers[path] = (303, fields, "")

    def arrived(self, path):
        return [r for r in self.seen if r.path == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
