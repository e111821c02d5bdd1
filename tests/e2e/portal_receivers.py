# SPDX-License-Identifier: AGPL-3.0-or-later
"""Portals that are notified of logouts: one HTTP server, an address for each, and what each heard.

    with Receivers() as portals:
        portals.url("p01")            # its backchannel_logout_uri
        portals.behave("p01", "hang") # or "slow", or a status
        portals.heard("p01")          # [Heard(token, begun, answered)]
"""

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

HANG = 30  # seconds: longer than any time-out
SLOW = 0.25


@dataclass
class Heard:
    token: str
    begun: float
    answered: float = None


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a caller that died


class Receivers:
    def __enter__(self):
        receivers, self.lock = self, threading.Lock()
        self.all, self.ways, self.over = {}, {}, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receivers.answer(self)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, name):
        return "http://127.0.0.1:%d/%s" % (self.server.server_port, name)

    def behave(self, name, way):
        self.ways[name] = way

    def heard(self, name):
        with self.lock:
            return list(self.all.get(name, []))

    def forget(self):
        with self.lock:
            self.all.clear()

    def answer(self, request):
        name = request.path.strip("/")
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        heard = Heard(parse_qs(body)["logout_token"][0], time.monotonic())
        with self.lock:
            self.all.setdefault(name, []).append(heard)
        way = self.ways.get(name, 200)
        if way in ("hang", "slow"):
            self.over.wait(HANG if way == "hang" else SLOW)
        request.send_response(200 if way in ("hang", "slow") else way)
        request.send_header("Content-Length", "0")
        request.end_headers()
        heard.answered = time.monotonic()
