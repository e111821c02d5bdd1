# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mail server that stops to answer at a place of the conversation, and counts who is connected."""

import socket
import ssl
import subprocess
import threading

PLACES = ("connect", "ehlo", "starttls", "handshake", "auth", "mail", "rcpt", "data", "dot", "quit")


def certificate(home):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", str(home / "mail.key"), "-out", str(home / "mail.crt")],
                   check=True, stderr=subprocess.DEVNULL)


class MailServer:
    """hang: the place, or None; may change while it runs. tls: a directory with a certificate."""

    def __init__(self, hang=None, tls=None):
        self.hang, self.delivered, self.open, self.most = hang, 0, 0, 0
        self.lock, self.let_go = threading.Lock(), threading.Event()
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(tls / "mail.crt", tls / "mail.key")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.let_go.set()
        self.socket.close()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client, self.hang), daemon=True).start()

    def serve(self, client, hang):
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            self.converse(client, hang)
        except (OSError, EOFError):
            pass
        finally:
            with self.lock:
                self.open -= 1
            client.close()

    def say(self, client, place, hang, text):
        if place == hang:
            # Reads on until the other side gives up: a server that hangs closes nothing.
            while client.recv(4096):
                pass
            raise EOFError
        client.sendall(text)

    @staticmethod
    def line(client):
        text = b""
        while not text.endswith(b"\r\n"):
            byte = client.recv(1)
            if not byte:
                raise EOFError
            text += byte
        return text.upper()

    def converse(self, client, hang):
        self.say(client, "connect", hang, b"220 here\r\n")
        while True:
            word = self.line(client)
            if word.startswith(b"EHLO"):
                more = b"250-STARTTLS\r\n" if self.context and not isinstance(client, ssl.SSLSocket) else b""
                self.say(client, "ehlo", hang, b"250-here\r\n" + more + b"250 AUTH PLAIN\r\n")
            elif word.startswith(b"STARTTLS"):
                self.say(client, "starttls", hang, b"220 go on\r\n")
                if hang == "handshake":
                    self.say(client, hang, hang, b"")
                client = self.context.wrap_socket(client, server_side=True)
            elif word.startswith(b"AUTH"):
                self.say(client, "auth", hang, b"334 \r\n")
                self.line(client)
                client.sendall(b"235 in\r\n")
            elif word.startswith(b"DATA"):
                self.say(client, "data", hang, b"354 go\r\n")
                while self.line(client) != b".\r\n":
                    pass
                self.say(client, "dot", hang, b"250 taken\r\n")
                self.delivered += 1
            elif word.startswith(b"QUIT"):
                self.say(client, "quit", hang, b"221 bye\r\n")
                return
            else:
                place = "mail" if word.startswith(b"MAIL") else "rcpt"
                self.say(client, place, hang, b"250 ok\r\n")
