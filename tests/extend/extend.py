# SPDX-License-Identifier: AGPL-3.0-or-later
"""The module tests/extend/hello and the authentication method tests/extend/hello_code, in a copy of the
tree: their folders and one line of modules.list each are all that is added. They are built there, walked
over HTTP and by command. extend.py SOURCE_ROOT"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(sys.argv[1])
COPY = Path(tempfile.mkdtemp(prefix="pratu-extend-"))
SKIP = {".git", "__pycache__", ".pytest_cache", "node_modules", "demo-data"}
NEW_PASSWORD = "Kho2-Tangsak!-Rimnam"
CODE = "sawasdee-4711"
ADDED = {"hello": "hello", "hello_code": "factors/hello_code"}  # folder here: folder below src

sys.argv[1] = str(COPY / "b/src/main/pratu")
sys.path.insert(0, str(ROOT / "tests/cli"))
sys.path.insert(0, str(ROOT / "tests/extend"))
import lib  # noqa: E402
import recipes  # noqa: E402

results = []


def check(name, good, what=""):
    results.append(good)
    print("%s %d - %s" % ("ok" if good else "not ok", len(results), name))
    if not good:
        print("# %s" % str(what)[:2000].replace("\n", "\n# "))


def tree(top):
    found = {}
    for path in sorted(top.rglob("*")):
        rel = path.relative_to(top)
        if not path.is_file() or any(p in SKIP or p.startswith("build") or p == "b" for p in rel.parts[:-1]):
            continue
        found[str(rel)] = path.read_bytes()
    return found


def build():
    shutil.copytree(ROOT, COPY, dirs_exist_ok=True, symlinks=True,
                    ignore=lambda d, names: [n for n in names if n in SKIP or n.startswith("build")])
    before = tree(COPY)
    for folder, place in ADDED.items():
        shutil.copytree(ROOT / "tests/extend" / folder, COPY / "src" / place)
        with open(COPY / "src/modules.list", "a", encoding="utf-8") as file:
            file.write(place + "\n")
    after = tree(COPY)
    changed = {name for name in before if after.get(name) != before[name]}
    added = {name for name in after if name not in before}
    folders = tuple("src/%s/" % place for place in ADDED.values())
    check("nothing outside the folders and their lines is touched",
          changed == {"src/modules.list"} and all(n.startswith(folders) for n in added), (changed, added))
    grown = after["src/modules.list"].decode().splitlines()
    check("the list has one line more for each",
          grown == before["src/modules.list"].decode().splitlines() + list(ADDED.values()), grown)
    recipes.apply(ROOT, COPY)
    for command in (["meson", "setup", "b", "-Dbuildtype=debug"], ["ninja", "-C", "b", "src/main/pratu"]):
        done = subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="replace", timeout=900)
        check("builds: " + command[0], done.returncode == 0, done.stdout[-2000:])


class Browser:
    def __init__(self, base):
        self.base, self.url = base, base
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path, fields=None):
        """The page after redirects."""
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), data=data)
        if data is not None:
            request.add_header("Origin", self.base)
        try:
            with self.opener.open(request, timeout=lib.PATIENCE) as answer:
                self.url, self.status = answer.geturl(), answer.status
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            self.status = refused.code
            return refused.read().decode()

    def submit(self, page, action, **fields):
        """The form of this action, its hidden fields with those given."""
        form = next(f for f in re.findall(r"<form.*?</form>", page, re.S)
                    if re.search(r'action="%s(?:\?[^"]*)?"' % re.escape(action), f))
        hidden = {re.search(r'name="([^"]*)"', i)[1]: (re.search(r'value="([^"]*)"', i) or ["", ""])[1]
                  for i in re.findall(r'<input type="hidden"[^>]*>', form)}
        target = re.search(r'action="([^"]*)"', form)[1].replace("&amp;", "&")
        return self.get(target, dict(hidden, **fields))


def log_in(site, browser, path):
    """By an initial secret, which is changed; the page that offers to add an email is skipped."""
    secret = re.search(r"secret: +(\S+)", site.good("account", "issue-secret", "somchai"))[1]
    page = browser.submit(browser.get(path), "/login/password", username="somchai", password=secret)
    if "/login/email/skip" in page:
        page = browser.submit(page, "/login/email/skip")
    page = browser.submit(page, "/login/change", password=NEW_PASSWORD, repeat=NEW_PASSWORD)
    page = browser.submit(page, "/login/password", username="somchai", password=NEW_PASSWORD)
    if "/login/email/skip" in page:
        browser.submit(page, "/login/email/skip")


def by(site, user, *args):
    return lib.run(*args, "--config", site.config, env=dict(os.environ, SUDO_USER=user))


def walk_commands(site, person):
    listed = lambda: site.good("hello", "list", person)  # noqa: E731
    done = by(site, "anan", "hello", "greet", "sawasdee", "--person", person, "--reason", "new year")
    check("the operation asks for a second person", done.returncode == 0 and listed() == "",
          done.stdout + done.stderr)
    request = re.search(r"request approve (\S+)", done.stdout)
    own = by(site, "anan", "request", "approve", request[1] if request else "-")
    check("the requester cannot approve", own.returncode != 0, own.stdout)
    other = by(site, "boon", "request", "approve", request[1] if request else "-")
    check("another person approves", other.returncode == 0 and listed() == "sawasdee\n",
          other.stdout + other.stderr)
    trail = site.good("audit", "list")
    check("its event is in the trail", '"hello_greeted"' in trail, trail)
    site.write_config(site.config.read_text(encoding="utf-8") + "\nhello:\n  greetings: 1\n")
    full = by(site, "anan", "hello", "greet", "again", "--person", person, "--reason", "once more")
    check("the option limits it", full.returncode != 0 and "hello.greetings" in full.stderr, full)


def walk_pages(site, server, person):
    guest = Browser(server.url)
    page = guest.get("/hello")
    check("a visitor is asked to log in", 'action="/login/password' in page, guest.url)
    browser = Browser(server.url)
    log_in(site, browser, "/hello")
    page = browser.get("/hello")
    check("the person reads the page in Thai", "หน้าทักทาย" in page and "sawasdee" in page, page)
    check("it has its tab", re.search(r'<a href="/hello" aria-current="page">ทักทาย</a>', page), page)
    page = browser.get("/language?lang=en&return=/hello")
    check("and in English", "Hello page" in page and '<a href="/account">' in page, page)
    check("a tab is shown to people who hold its permission only",
          "All greetings" in page and "Secret greetings" not in page, page)
    page = browser.get("/hello/all")
    check("a page is open to people who hold its permission", browser.status == 200 and page == "greetings: 1\n",
          (browser.status, page[:300]))
    page = browser.get("/hello/secret")
    check("others are refused, and told so", browser.status == 403 and "greetings: " not in page
          and "You do not have permission for this page" in page, (browser.status, page))
    page = guest.get("/hello/all")
    check("a visitor is asked to log in there, too", 'action="/login/password' in page, guest.url)
    data = browser.get("/account/privacy/data")
    check("the download of the person's data has it", '"hello_greeting":[{"text":"sawasdee"' in data, data)
    refused = browser.get("/hello/forget", {"csrf": "x"})
    check("a form without its token is refused", browser.status == 400
          and site.good("hello", "list", person) == "sawasdee\n", refused[:300])
    page = browser.submit(browser.get("/hello"), "/hello/forget")
    check("the person deletes the greetings", browser.status == 200 and "sawasdee" not in page
          and site.good("hello", "list", person) == "", page)
    lib.wait_for(lambda: server.events("hello_counted"), "the job")
    status, metrics = lib.fetch(server.management + "/metrics")
    check("the job ran, its metric is there", status == 200 and "pratu_hello_greetings" in metrics, metrics[:500])


def code_page(browser, path):
    """Up to the page of the second factor."""
    return browser.submit(browser.get(path), "/login/password", username="somchai", password=NEW_PASSWORD)


def walk_method(site, server, person):
    short = site.run("hello-code", "issue", person, "ab")
    check("the method's option limits its operation",
          short.returncode != 0 and "hello_code.length" in short.stderr, short.stderr)
    site.good("hello-code", "issue", person, CODE)
    browser = Browser(server.url)
    page = code_page(browser, "/hello")
    check("the login asks for the method's proof, in Thai", "กรอกรหัสทักทาย" in page, page)
    here = urllib.parse.quote(browser.url[len(server.url):], safe="")
    page = browser.get("/language?lang=en&return=" + here)
    check("and in English", "Enter your hello code" in page, page)
    page = browser.submit(page, "/login/m/hello", code="another-4711")
    check("a wrong code is refused", "Tries left: " in page and "Enter your hello code" in page, page)
    inside = browser.get("/hello")
    check("nobody is logged in by it", "Hello page" not in inside, inside)
    browser = Browser(server.url)
    page = browser.submit(code_page(browser, "/hello"), "/login/m/hello", code=CODE)
    check("the right code enters", browser.status == 200 and "หน้าทักทาย" in page, page)
    data = browser.get("/account/privacy/data")
    check("its record is in the download of the person's data, without the code",
          '"hello_code":[{"issued":' in data and CODE not in data and "digest" not in data, data)
    trail = site.good("audit", "list", "--limit", "20")
    check("its events are in the trail", '"hello_code_issued"' in trail and '"hello_code_used"' in trail, trail)
    check("its event is in the log", server.events("hello_code_used"))
    late = Browser(server.url)
    page = code_page(late, "/hello")
    site.good("hello-code", "issue", person, "another-code")
    page = late.submit(page, "/login/m/hello", code=CODE)
    check("a code that was replaced is refused", "รหัส OTP ไม่ถูกต้อง" in page, page)


def walk_configuration(site):
    path = site.dir / "wrong.yaml"
    path.write_text(site.config.read_text(encoding="utf-8").replace(
        "[otp_email, hello]", "[otp_email, hallo]"), encoding="utf-8")
    wrong = lib.run("check-config", "--config", path)
    check("the configuration knows the method", wrong.returncode != 0
          and '"hallo" is no second factor' in wrong.stderr and "hello" in wrong.stderr.split("write")[-1],
          wrong.stderr)


def walk():
    with lib.Site() as site:
        site.fill()
        site.write_config(site.config.read_text(encoding="utf-8") + POLICY)
        person = site.good("person", "list").split('"id":"')[1].split('"')[0]
        docs = "".join(site.good("docs", part) for part in (
            "endpoints", "options", "commands", "audit-events", "metrics", "errors", "import"))
        check("the documentation knows them", all(x in docs for x in (
            "`/hello`", "hello.greetings", "pratu hello list", "pratu hello greet",
            "hello_code.length", "pratu hello-code issue", "hello_code_used") + recipes.DOCUMENTED), docs[-500:])
        walk_configuration(site)
        walk_commands(site, person)
        office = re.search(r'"code":"([^"]+)"', site.good("office", "list"))[1]
        recipes.walk_commands(check, site, office)
        with lib.Server(site) as server:
            walk_pages(site, server, person)
            walk_method(site, server, person)
            recipes.walk_pages(check, server, office, lambda: lib.fetch(server.management + "/metrics")[1])


POLICY = """
policies:
- name: default
  primary: [password]
  second_factor:
    methods: [otp_email, hello]
    required_from: 2099-01-01
"""

if __name__ == "__main__":
    try:
        build()
        if all(results):
            walk()
    except Exception as fault:  # noqa: BLE001
        import traceback
        check("no fault of the test itself", False, traceback.format_exc())
    finally:
        shutil.rmtree(COPY, ignore_errors=True)
    print("1..%d" % len(results))
    sys.exit(not results or not all(results))
