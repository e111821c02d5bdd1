# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts pratu-sandbox with a configuration of its own, speaks to it, counts tests as TAP."""

import base64
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from ports import free_port  # noqa: E402

BACK = "http://localhost:9/upstream/thaid/callback"
SECRET = "a-secret-of-the-test-client"
API_KEY = "a-key-of-the-v1-interface"
SOMCHAI, MALEE = "1234567890121", "3100900000027"
SCOPES = ("openid pid name name_en given_name middle_name family_name title title_en birthdate "
          "address gender ial smartcard_code date_of_issuance date_of_expiry "
          "th_fullname th_fname th_lname dob")

CONFIG = """
listen:
  port: {port}
url: {url}
pratu:
  issuer: {issuer}
thaid:
  clients:
    - client_id: me
      client_secret: secret
      name: ระบบทดสอบ <b>
      redirect_uris: ["{back}", "{back}?a=b"]
      scopes: [{scopes}]
    - client_id: old
      client_secret: secret
      redirect_uris: ["{back}"]
      scopes: [pid, th_fullname, dob]
      api_key: key
people:
  - pid: "{somchai}"
    given_name: สมชาย
    family_name: ใจดี
    birthdate: 1980-00-00
    note: คนแรก
  - pid: "{malee}"
    title: นางสาว
    gender: female
    given_name: มาลี
    family_name: ดีใจ
"""


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers["Location"]


class Sandbox:
    def __init__(self, binary, more="", issuer="http://localhost:9"):
        self.port = free_port()
        self.url = "http://localhost:%d" % self.port
        self.home = tempfile.mkdtemp(prefix="pratu-sandbox-test-")
        self.write("secret", SECRET)
        self.write("key", API_KEY)
        self.write("sandbox.yaml", CONFIG.format(
            port=self.port, url=self.url, back=BACK, issuer=issuer, scopes=SCOPES.replace(" ", ", "),
            somchai=SOMCHAI, malee=MALEE) + more)
        self.process = subprocess.Popen([binary, "--config", os.path.join(self.home, "sandbox.yaml")],
                                        stderr=subprocess.PIPE)
        self.wait()

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)

    def wait(self):
        for _ in range(200):
            try:
                if self.get("/healthz").status == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(self.process.stderr.read().decode())
            time.sleep(0.02)
        raise RuntimeError("the sandbox does not answer")

    def stop(self):
        """Ends it; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        if status:
            print("# " + self.process.stderr.read().decode()[-6000:].replace("\n", "\n# "))
        self.process.stderr.close()
        shutil.rmtree(self.home, ignore_errors=True)
        return status

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, timeout=20, **headers):
        return self.request("GET", path, headers=headers, timeout=timeout)

    def form(self, path, headers=None, timeout=20, **fields):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urlencode(fields), {**kind, **(headers or {})}, timeout)

    def api(self, path, **body):
        return self.request("POST", "/api/" + path, json.dumps(body),
                            {"Content-Type": "application/json"})

    def settings(self, **change):
        answer = self.api("thaid/settings", **change)
        assert answer.status == 200, answer.text

    # --- the way of a login ---

    def authorize(self, api=2, **change):
        wanted = {"response_type": "code", "client_id": "me", "redirect_uri": BACK,
                  "scope": "openid pid name", "state": "S", "nonce": "N", **change}
        query = urlencode({k: v for k, v in wanted.items() if v is not None})
        return self.get("/api/v%d/oauth2/auth/?%s" % (api, query))

    def begin(self, **change):
        """Path of ThaID's QR page."""
        answer = self.authorize(**change)
        assert answer.status == 303, (answer.status, answer.text)
        return answer.location

    def pending(self):
        return self.get("/api/thaid/pending").json["pending"]

    def come_back(self, page):
        """Parameters of the address ThaID's page leads to."""
        answer = self.get(page)
        assert answer.status == 303, (answer.status, answer.text)
        assert answer.location.startswith(BACK), answer.location
        return dict(parse_qsl(urlsplit(answer.location).query))

    def code(self, **change):
        page = self.begin(**change)
        done = self.api("thaid/approve", reference=self.pending()[0]["reference"], pid=SOMCHAI)
        assert done.status == 200, done.text
        return self.come_back(page)["code"]

    def token(self, code, api=2, headers=None, timeout=20, **change):
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **change}
        return self.form("/api/v%d/oauth2/token/" % api,
                         headers if headers is not None else basic(), timeout, **fields)


def basic(client="me", secret=SECRET):
    text = base64.b64encode(("%s:%s" % (client, secret)).encode()).decode()
    return {"Authorization": "Basic " + text}


def payload(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def run(binary, tests, **options):
    """Runs the functions, each on a sandbox put back to its start; TAP on standard output.
    options: more configuration, Pratu's issuer."""
    box = Sandbox(binary, **options)
    failed = 0
    print("1..%d" % (len(tests) + 1))
    for n, test in enumerate(tests, 1):
        try:
            assert box.api("reset").status == 200
            test(box)
            print("ok %d - %s" % (n, test.__name__), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (n, test.__name__))
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
    status = box.stop()
    print("%s %d - ends cleanly" % ("ok" if status == 0 else "not ok", len(tests) + 1))
    return 1 if failed or status else 0
