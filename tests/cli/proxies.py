# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proxy examples of config/, run before a server with only ports and file names changed.
TAP. proxies.py PRATU ROOT"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import Server, Site, free_port, main, wait_for  # noqa: E402

ROOT = Path(sys.argv[2])
os.environ["PATH"] += ":/usr/sbin:/sbin"


def certificate(home):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", str(home / "sso.key"),
                    "-out", str(home / "sso.crt")], check=True, stderr=subprocess.DEVNULL)
    pem = (home / "sso.crt").read_text() + (home / "sso.key").read_text()
    (home / "sso.pem").write_text(pem)


def replace(text, *pairs):
    """Each replacement must find something: an example that changed is looked at again."""
    for pattern, by in pairs:
        text, n = re.subn(pattern, by, text, flags=re.M)
        assert n, pattern
    return text


def haproxy(home, https, http, port, management):
    text = replace((ROOT / "config" / "haproxy.cfg").read_text(),
                   (r"^    (user|group|log /dev/log).*\n", ""), (r"^    log global\n", ""),
                   (r"bind :80$", "bind 127.0.0.1:%d" % http),
                   (r"bind :443", "bind 127.0.0.1:%d" % https),
                   (r"/etc/haproxy/sso\.pem", str(home / "sso.pem")),
                   (r"127\.0\.0\.1:8080", "127.0.0.1:%d" % port), (r"port 8081", "port %d" % management))
    path = home / "haproxy.cfg"
    path.write_text(text)
    subprocess.run(["haproxy", "-c", "-q", "-f", str(path)], check=True)
    return ["haproxy", "-db", "-f", str(path)]


def nginx(home, https, http, port, management):
    inner = replace((ROOT / "config" / "nginx.conf").read_text(),
                    (r"^    listen \[::\].*\n", ""), (r"listen 80;", "listen 127.0.0.1:%d;" % http),
                    (r"listen 443 ", "listen 127.0.0.1:%d " % https),
                    (r"sso\.example\.go\.th", "localhost"), (r"/etc/nginx/sso", str(home / "sso")),
                    (r"/var/log/nginx", str(home)), (r"127\.0\.0\.1:8080", "127.0.0.1:%d" % port))
    temps = "".join("%s_temp_path %s;\n" % (what, home / what) for what in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = home / "nginx.conf"
    path.write_text("daemon off;\npid %s;\nerror_log %s;\nevents {}\nhttp {\n%s%s\n}\n" % (
        home / "nginx.pid", home / "error.log", temps, inner))
    return ["nginx", "-p", str(home), "-e", str(home / "error.log"), "-c", str(path)]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(url, headers=None):
    """(status, headers, body) without following redirects."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect(),
                                         urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(urllib.request.Request(url, headers=headers or {}), timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def answers(url, process):
    assert process.poll() is None, "the proxy ended"
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False


def through(make):
    https, http, port, management = (free_port() for _ in range(4))
    issuer = "https://localhost:%d" % https
    with Site(issuer=issuer) as site:
        site.write_config(
            "issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n"
            "server:\n  port: %d\n  trusted_proxies: [127.0.0.1]\nmanagement:\n  port: %d\n"
            % (issuer, port, management))
        certificate(site.home)
        command = make(site.home, https, http, port, management)
        with Server(site) as server:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            try:
                check(server, process, issuer, "http://localhost:%d" % http)
            finally:
                process.terminate()
                process.wait(timeout=30)
            assert server.stop() == 0


def check(server, process, issuer, plain):
    wait_for(lambda: answers(issuer + "/.well-known/openid-configuration", process), "the proxy")
    status, headers, body = fetch(issuer + "/.well-known/openid-configuration")
    assert json.loads(body)["issuer"] == issuer and "max-age" in headers["Strict-Transport-Security"]
    status, headers, _ = fetch(plain + "/apps?x=1")
    assert status == 301 and headers["Location"].startswith("https://"), (status, headers)
    # Kind I: to its own name, whatever the request says.
    status, headers, _ = fetch(plain + "/apps?x=1", {"Host": "evil.example"})
    assert status == 301 and headers["Location"] in (
        "https://localhost/apps?x=1", "https://sso.example.go.th/apps?x=1"), (status, headers)
    # Kind I: no token of a delivery report in what a proxy writes.
    fetch(issuer + "/upstream/sms/thaibulk/REPORT-TOKEN?id=1")
    for log in server.site.home.glob("*.log"):
        assert "REPORT-TOKEN" not in log.read_text(), log
    # A cookie of the provider is for https alone.
    status, headers, _ = fetch(issuer + "/apps")
    cookies = headers.get_all("Set-Cookie") or []
    assert all(c.startswith("__Host-") and "Secure" in c for c in cookies), cookies
    assert fetch(issuer + "/metrics")[0] == 404
    assert fetch(issuer + "/oauth2/jwks", {"Host": "evil.example"})[0] in (421, 404, 400)
    # What a client says about its own address is not what the server sees.
    fetch(issuer + "/oauth2/authorize?client_id=none", {
        "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9",
        "X-Forwarded-Host": "evil.example"})
    assert "203.0.113.9" not in server.text() and "evil.example" not in server.text()


def test_haproxy():
    through(haproxy)


def test_nginx():
    through(nginx)


def installed(test):
    return shutil.which(test.__name__.split("_")[1]) is not None


main([test for test in (test_haproxy, test_nginx) if installed(test)])
