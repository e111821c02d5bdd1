# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands, each with what it refuses. TAP. commands.py PRATU"""

import json
import os
import re
import stat
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import PID, RECORDS, Site, main, run  # noqa: E402

CLIENT = {"client_id": "portal", "client_name": "P", "system": "plan",
          "redirect_uris": ["https://p.example/cb"]}


def refused(done, code, *says):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    for words in says:
        assert words in done.stderr, (words, done.stderr)
    return done


def test_details_schema():
    with Site() as site:
        schema = json.loads(site.run("details", "schema", "payment_approval").stdout)
        assert schema["properties"]["type"] == {"const": "payment_approval"}
        assert schema["additionalProperties"] is False and "items" in schema["required"]
        refused(site.run("details", "schema", "none"), 1, "no such record")
        added = site.file("client.json", {**CLIENT, "authorization_details_types": ["none"]})
        refused(site.run("client", "add", "--file", added), 1, "authorization_details_types")


def test_usage():
    assert run("help").returncode == 0 and "client add" in run("help").stdout
    assert run("--help").returncode == 0
    group = run("account", "shw")  # a word that begins commands: those alone are told
    refused(group, 2, 'no command "account shw"', "account show")
    assert "client add" not in group.stderr, group.stderr
    assert "client add" not in run("account", "--help").stdout
    refused(run("acc"), 2, 'no command "acc"', "account show", "client add")
    assert "--overlap" in run("help", "client", "rotate-secret").stdout
    assert "--overlap" in run("client", "rotate-secret", "--help").stdout
    refused(run(), 2, "usage")
    refused(run("fly"), 2, "fly")
    refused(run("client"), 2, "client")
    refused(run("client", "fly"), 2, "client")
    refused(run("client", "show"), 2, "CLIENT_ID is missing")
    refused(run("client", "show", "a", "b"), 2, "too many")
    refused(run("client", "list", "--fly"), 2, "--fly")
    refused(run("client", "add", "--file"), 2, "needs a value")
    refused(run("client", "add", "--file", "a", "--file", "b"), 2, "twice")
    refused(run("import", "people", "f", "--dry-run=1"), 2, "takes no value")
    refused(run("docs", "nothing"), 2, "nothing")
    assert run("version").stdout.startswith("pratu ")


def test_init():
    with Site() as site:
        files = [p for p in site.dir.rglob("*") if p.is_file()]
        assert files and all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in files), files
        assert stat.S_IMODE((site.dir / "data").stat().st_mode) == 0o700
        before = {p: p.read_bytes() for p in (site.config, site.dir / "master.key")}
        again = run("init", "--dir", site.dir, "--issuer", "https://other.example")
        assert again.returncode == 0 and "kept" in again.stdout
        assert all(p.read_bytes() == text for p, text in before.items())
        assert json.loads(site.good("client", "list")) == []
        assert json.loads(site.good("account", "list")) == []
        states = [(k["alg"], k["state"]) for k in json.loads(site.good("keys", "list"))]
        assert sorted(states) == [("ES256", "active"), ("PS256", "spare"), ("RS256", "spare")]


def test_init_refuses():
    with Site() as site:
        refused(run("init", "--dir", site.home / "x"), 2, "--issuer")
        refused(run("init", "--dir", site.home / "x", "--issuer", "sso"), 2, "--issuer")
        refused(run("init", "--dir", site.home / "y", "--issuer", "http://sso.example.go.th"), 3,
                "issuer")
        refused(run("init", "--dir", "/proc/none", "--issuer", "http://localhost:1"), 1, "/proc/none")


def test_init_fits_an_own_configuration():
    with Site() as site:
        own = site.file("own.yaml", "issuer: https://sso.example.go.th\n"
                        "master_key_file: keys/master\nstore:\n  directory: db\n")
        (site.home / "keys").mkdir()
        done = run("init", "--config", own)
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE((site.home / "keys" / "master").stat().st_mode) == 0o600
        assert (site.home / "db" / "data.mdb").exists()


GOOD = "issuer: https://sso.example.go.th\nmaster_key_file: master.key\nstore:\n  directory: data\n"
# What is put behind (or, with a leading "=", instead of) a good configuration; what is said.
FAULTY = [
    ("isuer: https://x.example\n", ":5:1: isuer"),
    ("issuer: https://y.example\n", ":5:1: issuer"),
    ("server:\n  port: many\n", ":6:9: server.port"),
    ("server:\n  port: 70000\n", ":6:9: server.port"),
    ("lifetimes:\n  authorization_code: 61s\n", ":6:23: lifetimes.authorization_code"),
    ("log:\n  level: loud\n", "log.level"),
    ("server:\n  port: 8081\n", "management.port"),
    ("server:\n  tls:\n    cert_file: c.pem\n", "server.tls"),
    ("lifetimes:\n  session: 1h\n  session_idle: 2h\n", "lifetimes.session_idle"),
    ("lifetimes:\n  refresh_token: 40d\n", "lifetimes.refresh_token"),
    ("keys:\n  overlap: 24h\n  lifetime: 24h\n", "keys.lifetime"),
    ("store:\n  map: 2G\n  map_max: 1G\n", "store"),
    ("acr_levels:\n  - acr: a\n    ial: \"9\"\n", "acr_levels[].ial"),
    ("acr_levels:\n  - acr: a\n    aal: \"2\"\n", "acr_levels[].aal"),
    ("acr_levels:\n  - acr: a\n  - acr: a\n", "stands twice"),
    ("acr_levels:\n  - acr: a b\n", "space"),
    ("policies:\n  - name: p\n    primary: [passwort]\n", "no way to log in"),
    ("policies:\n  - name: p\n    primary: [password]\n", "policies[].second_factor.methods"),
    ("policies:\n  - name: p\n    primary: [password]\n    second_factor: {methods: [otp_fax]}\n",
     "no second factor"),
    ("policies:\n  - name: p\n    primary: [thaid]\n    acr: x\n", "none of acr_levels"),
    ("thaid:\n  client_id: x\n", "thaid.client_secret"),
    ("password:\n  hash_threads: 24\n", "password.hash_threads"),
    ("password:\n  memory_cost: 1K\n", "password.memory_cost"),
    ("password:\n  rules:\n    - name: a\n      min: 20\n      max: 16\n", "rules[].min"),
    ("password:\n  rules:\n    - name: a\n    - name: a\n", "stands twice"),
    ("throttle:\n  lock: 13h\n", "throttle.lock"),
    ("throttle:\n  free_attempts: 10\n", "throttle.free_attempts"),
    ("=issuer: https://sso.example.go.th/\nmaster_key_file: master.key\nstore:\n  directory: data\n",
     "issuer"),
    ("=issuer: https://sso.example.go.th/sso\nmaster_key_file: master.key\nstore:\n"
     "  directory: data\n", "issuer"),
    ("=issuer: http://sso.example.go.th\nmaster_key_file: master.key\nstore:\n  directory: data\n",
     "write https"),
    ("=issuer: ftp://sso.example.go.th\nmaster_key_file: master.key\nstore:\n  directory: data\n",
     "issuer"),
    ("=issuer: https://sso.example.go.th\nstore:\n  directory: data\n", "master_key_file"),
    ("=issuer: https://sso.example.go.th\nmaster_key_file: nowhere\nstore:\n  directory: data\n",
     "master_key_file"),
    ("=", "issuer"),
    ("=- a\n", "1:1"),
]


def test_configuration_refused():
    with Site() as site:
        site.write_config(GOOD)
        assert site.run("check-config").returncode == 0, site.run("check-config").stderr
        for text, says in FAULTY:
            site.write_config(text[1:] if text.startswith("=") else GOOD + text)
            for command in ("check-config", "serve", "client", ):
                args = [command, "list"] if command == "client" else [command]
                refused(site.run(*args), 3, says)
        refused(run("check-config", "--config", site.home / "none.yaml"), 3, "pratu init")


def test_every_fault_at_once():
    with Site() as site:
        site.write_config(GOOD + "isuer: x\nserver:\n  port: many\n  poort: 1\n")
        said = refused(site.run("check-config"), 3).stderr
        assert ":5:1: isuer" in said and "server.port" in said and "server.poort" in said


def test_secret_files_refused():
    with Site() as site:
        key = site.dir / "master.key"
        for content, mode in (("", 0o600), ("q7z", 0o600), ("changeme" * 8, 0o600),
                              ("A" * 64, 0o600), (os.urandom(24).hex(), 0o644),
                              (os.urandom(24).hex(), 0o640)):
            key.write_text(content, encoding="utf-8")
            key.chmod(mode)
            said = refused(site.run("check-config"), 3, "master_key_file").stderr
            assert not content or content not in said
        key.unlink()
        key.mkdir()
        refused(site.run("serve"), 3, "master_key_file")


def test_print_config_masks():
    with Site() as site:
        secret = (site.dir / "master.key").read_text(encoding="utf-8")
        printed = site.good("print-config")
        assert "********" in printed and secret not in printed and site.issuer in printed


def test_client_life():
    with Site() as site:
        site.fill()
        path = site.file("c.json", CLIENT)
        made = json.loads(site.good("client", "add", "--file", path))
        assert made["client_secret"].startswith("pratu_cs_") and made["client_id"] == "portal"
        assert made["client_secret_expires_at"] == 0 and made["client_id_issued_at"] > 0
        refused(site.run("client", "add", "--file", path), 1, "there already")
        shown = site.good("client", "show", "portal")
        assert "secret" not in shown.replace("client_secret_basic", "")
        # What is shown can be edited and given back.
        edited = dict(json.loads(shown), client_name="Q")
        changed = site.good("client", "update", "--file", "-", stdin=json.dumps(edited))
        assert json.loads(changed)["client_name"] == "Q" and "client_secret" not in json.loads(changed)
        rotated = json.loads(site.good("client", "rotate-secret", "portal", "--overlap", "0"))
        assert rotated["client_secret"] != made["client_secret"]
        assert [c["client_id"] for c in json.loads(site.good("client", "list"))] == ["portal"]
        site.good("client", "remove", "portal")
        refused(site.run("client", "remove", "portal"), 1, "no such record")
        refused(site.run("client", "show", "portal"), 1, "no such record")
        trail = [json.loads(line)["event"] for line in site.good("audit", "list").splitlines()]
        assert trail[:4] == ["client_removed", "client_secret_rotated", "client_changed",
                             "client_added"]
        everything = "".join(p.read_bytes().decode("latin-1") for p in site.dir.rglob("data.mdb"))
        assert made["client_secret"] not in everything and rotated["client_secret"] not in everything


def test_client_refused():
    with Site() as site:
        path = site.file("c.json", CLIENT)
        refused(site.run("client", "add"), 2, "--file")
        refused(site.run("client", "add", "--file", site.home / "none"), 1, "none")
        refused(site.run("client", "add", "--file", path), 1, "system", "import it first")
        refused(site.run("client", "add", "--file", site.file("d.json", "{")), 1, "JSON")
        refused(site.run("client", "add", "--file", site.file("d.json", '{"a":1,"a":2}')), 1, "JSON")
        refused(site.run("client", "add", "--file", site.file("d.json", dict(CLIENT, colour=1))), 1,
                "colour")
        refused(site.run("client", "update", "--file", path), 1, "no such record")
        refused(site.run("client", "rotate-secret", "portal"), 1, "no such record")
        refused(site.run("client", "rotate-secret", "portal", "--overlap", "31d"), 2, "--overlap")
        refused(site.run("client", "rotate-secret", "portal", "--overlap", "soon"), 2, "--overlap")
        refused(site.run("client", "add", "--file", site.file("d.json", "x" * 70000)), 1, "too large")


def test_import():
    with Site() as site:
        for kind, text in RECORDS.items():
            path = site.file(kind + ".csv", text)
            assert "dry run" in site.good("import", kind, path, "--dry-run")
            assert " added" in site.good("import", kind, path)
            assert "nothing to do" in site.good("import", kind, path)
        faulty = site.file("f.csv", "code,name_th\n,x\ny,\n")
        said = refused(site.run("import", "offices", faulty), 1, "2 faults").stderr
        assert "f.csv:2: code: " in said and "f.csv:3: name_th: " in said
        refused(site.run("import", "clients", faulty), 2, "clients")
        refused(site.run("import", "offices", site.home / "none.csv"), 1, "none.csv")
        refused(site.run("import", "systems", site.file(
            "s.csv", "id,name_th,roles,policy\nx,n,r,none\n")), 1, "policy")


SECRET = re.compile(r"initial secret: ([a-z2-9]{4}(?:-[a-z2-9]{4}){2})\n")
LEGACY = "$6$saltsalt2$" + "A" * 86


def test_passwords():
    with Site() as site:
        site.fill()
        assert json.loads(site.good("account", "show", "somchai"))["password"]["kind"] == "none"
        secret = SECRET.search(site.good("account", "issue-secret", "somchai")).group(1)
        shown = site.good("account", "show", "somchai")
        state = json.loads(shown)["password"]
        assert state["kind"] == "initial" and state["must_change"] == "initial", state
        assert not state["locked"] and "argon2" not in shown and secret not in shown
        letter = site.home / "letter.html"
        told = site.good("account", "issue-secret", "SOMCHAI", "--slip", letter)
        assert "initial secret" not in told and stat.S_IMODE(letter.stat().st_mode) == 0o600
        page = letter.read_text(encoding="utf-8")
        assert "@page" in page and secret not in page and "รหัสผ่านเริ่มต้น" in page
        refused(site.run("account", "issue-secret", "somchai", "--slip", letter), 1, "not there")
        refused(site.run("account", "issue-secret", "ghost", "--slip", site.home / "l"), 1, "ghost")
        assert not (site.home / "l").exists()
        refused(site.run("account", "password", "disable", "somchai"), 2, "--reason")
        site.good("account", "password", "disable", "somchai", "--reason", "ThaID only")
        refused(site.run("account", "issue-secret", "somchai"), 1, "disabled")
        refused(site.run("account", "password", "require-change", "somchai", "--reason", "x"), 1, "disabled")
        state = json.loads(site.good("account", "show", "somchai"))["password"]
        assert state["password_login_disabled"] and state["disabled_reason"] == "ThaID only", state
        assert state["disabled_by"].startswith("cli:") and state["disabled_at"], state
        assert "already" in site.good("account", "password", "disable", "somchai", "--reason", "x")
        refused(site.run("account", "password", "enable", "somchai"), 2, "--reason")
        refused(site.run("account", "password", "enable", "somchai", "--reason", " "), 1, "--reason")
        site.good("account", "password", "enable", "somchai", "--reason", "lost phone")
        state = json.loads(site.good("account", "show", "somchai"))["password"]
        assert not [name for name in state if "disabled" in name], state
        assert "already" in site.good("account", "unlock", "somchai")
        refused(site.run("account", "unlock", "ghost"), 1, "no such record")
        trail = site.good("audit", "list")
        for event in ("initial_secret_issued", "password_login_disabled", "password_login_enabled"):
            assert '"%s"' % event in trail, (event, trail)
        assert secret not in trail
        everything = "".join(p.read_bytes().decode("latin-1") for p in site.dir.rglob("data.mdb"))
        assert secret not in everything


def test_holders_are_told():
    mail = "mail:\n  host: 127.0.0.1\n  port: 1\n  tls: none\n  from: a@b.th\n"
    person = "citizen_number,given_th,email,email_verified\n%s,สมชาย,somchai@dla.example,true\n"
    with Site() as site:
        site.fill()
        site.good("account", "issue-secret", "somchai")
        assert json.loads(site.good("outbox", "list")) == []
        site.write_config(site.config.read_text(encoding="utf-8") + mail)
        site.good("import", "people", site.file("p.csv", person % PID))
        site.good("account", "issue-secret", "somchai")
        site.good("account", "password", "disable", "somchai", "--reason", "x")
        site.good("account", "password", "enable", "somchai", "--reason", "x")
        told = json.loads(site.good("outbox", "list"))
        # the address that the import set, and what was done by command
        assert [m["purpose"] for m in told] == ["notice"] * 4, told
        assert all(m["kind"] == "email" and m["state"] == "queued" for m in told), told


def test_ordered_changes():
    with Site() as site:
        site.fill()
        refused(site.run("account", "password", "require-change", "somchai"), 2, "--reason")
        refused(site.run("account", "password", "require-change", "ghost", "--reason", "x"), 1, "ghost")
        refused(site.run("account", "password", "require-change", "somchai", "--reason", "x"), 1, "no password")
        site.good("import", "credentials",
                  site.file("credentials.csv", "username,hash\nSomchai,%s\n" % LEGACY))
        site.good("account", "password", "require-change", "somchai", "--reason", "seen on a note")
        state = json.loads(site.good("account", "show", "somchai"))["password"]
        assert state["must_change"] == "required", state
        assert "already" in site.good("account", "password", "require-change", "somchai", "--reason", "x")
        trail = site.good("audit", "list", "--event", "password_change_required")
        assert "seen on a note" in trail, trail


def test_another_holder():
    other = "3100600445635"
    with Site() as site:
        site.fill()
        site.good("import", "credentials",
                  site.file("credentials.csv", "username,hash\nSomchai,%s\n" % LEGACY))
        site.good("import", "people",
                  site.file("p.csv", "citizen_number,given_th\n%s,สมหญิง\n" % other))
        site.good("import", "accounts", site.file(
            "a.csv", "username,citizen_number,office\nSomchai,%s,0300400004\n" % other))
        state = json.loads(site.good("account", "show", "somchai"))["password"]
        assert state["kind"] == "none" and state["must_change"] == "reassigned", state
        site.good("account", "issue-secret", "somchai")
        state = json.loads(site.good("account", "show", "somchai"))["password"]
        assert state["kind"] == "initial" and state["must_change"] == "reassigned", state
        assert "account_reassigned" in site.good("audit", "list")


def test_office_logins():
    with Site() as site:
        site.fill()
        refused(site.run("office", "update", "dla", "--reason", "x"), 2, "--password-login")
        refused(site.run("office", "update", "dla", "--password-login", "no"), 2, "disabled")
        refused(site.run("office", "update", "dla", "--second-factor-required-from", "31/1/2570"), 2, "2027-01-31")
        refused(site.run("office", "update", "dla", "--password-login", "disabled"), 1, "--reason")
        refused(site.run("office", "update", "x", "--password-login", "disabled", "--reason", "x"), 1, "x")
        site.good("office", "update", "0300400004", "--password-login", "disabled", "--second-factor-required-from",
                  "2027-01-31", "--reason", "order 12/2569")
        office = json.loads(site.good("office", "show", "0300400004"))
        assert office["password_login"] == "disabled" and office["second_factor_required_from"] == "2027-01-31", office
        refused(site.run("account", "issue-secret", "somchai"), 1, "its office")
        assert "already" in site.good("office", "update", "0300400004", "--password-login", "disabled",
                                      "--reason", "x")
        site.good("office", "update", "0300400004", "--password-login", "enabled", "--second-factor-required-from",
                  "policy", "--reason", "order 13/2569")
        office = json.loads(site.good("office", "show", "0300400004"))
        assert "second_factor_required_from" not in office and office.get("password_login", "enabled") == "enabled", office
        site.good("account", "issue-secret", "somchai")
        trail = site.good("audit", "list", "--event", "office_changed")
        assert "order 12/2569" in trail and "password_login=disabled second_factor_required_from=2027-01-31" in trail


def test_imported_passwords():
    with Site() as site:
        site.fill()
        path = site.file("credentials.csv", "username,hash\nSomchai,%s\n" % LEGACY)
        assert "1 added" in site.good("import", "credentials", path)
        assert "nothing to do" in site.good("import", "credentials", path)
        shown = site.good("account", "show", "somchai")
        assert json.loads(shown)["password"]["kind"] == "imported" and "saltsalt" not in shown
        faulty = site.file("f.csv", "username,hash\nsomchai,plain\nghost,%s\n" % LEGACY)
        said = refused(site.run("import", "credentials", faulty), 1, "2 faults").stderr
        assert "f.csv:2: hash: " in said and "f.csv:3: username: " in said and "plain" not in said


def test_people_and_rights():
    with Site() as site:
        site.fill()
        person = json.loads(site.good("person", "show", "--citizen-number", "-", stdin=PID + "\n"))
        assert person["given_th"] == "สมชาย" and len(person["grants"]) == 1
        assert person["accounts"][0]["grants"][0]["role"] == "boss"
        assert PID not in site.good("person", "list")
        refused(site.run("person", "show"), 2)
        refused(site.run("person", "show", "--citizen-number", PID), 2)
        refused(site.run("person", "show", "nobody"), 1, "no such record")
        for one, id in (("person", person["id"]), ("account", "SOMCHAI")):
            site.good(one, "suspend", id, "--reason", "moved")
            assert "already" in site.good(one, "suspend", id)
            assert json.loads(site.good(one, "list"))[0]["status"] == "suspended"
            site.good(one, "resume", id)
            assert json.loads(site.good(one, "list"))[0]["status"] == "active"
            refused(site.run(one, "suspend", "ghost"), 1, "no such record")
        grants = json.loads(site.good("grant", "list", "--person", person["id"]))
        assert len(grants) == 1 and "until" not in grants[0]
        site.good("grant", "revoke", "plan", "user", "dla", "--person", person["id"])
        assert "until" in json.loads(site.good("grant", "list", "--person", person["id"]))[0]
        assert "already" in site.good("grant", "revoke", "plan", "user", "dla", "--person", person["id"])
        site.good("grant", "revoke", "plan", "boss", "dla", "--account", "somchai")
        refused(site.run("grant", "revoke", "plan", "king", "dla", "--account", "somchai"), 1)
        refused(site.run("grant", "revoke", "plan", "user", "dla"), 2)
        assert len(json.loads(site.good("grant", "list"))) == 2
        assert [o["code"] for o in json.loads(site.good("office", "list", "--limit", "1"))] \
            == ["0300400004"]
        assert [o["code"] for o in json.loads(site.good("office", "list", "--after", "0300400004"))] \
            == ["dla"]
        assert json.loads(site.good("office", "show", "dla"))["name_th"] == "สถ."
        assert json.loads(site.good("system", "show", "plan"))["roles"] == ["user", "boss"]
        reasons = [e for e in site.good("audit", "list", "--event", "person_changed").splitlines()]
        assert len(reasons) == 2 and json.loads(reasons[1])["reason"] == "moved"
        assert json.loads(reasons[1])["actor"].startswith("cli:")


def test_keys():
    with Site() as site:
        site.good("keys", "rotate", "--alg", "RS256")
        keys = json.loads(site.good("keys", "list"))
        assert sorted(k["state"] for k in keys if k["alg"] == "RS256") == ["pending", "spare"]
        refused(site.run("keys", "rotate", "--alg", "RS256"), 1, "--now")
        kid = site.good("keys", "rotate", "--now").strip()
        keys = json.loads(site.good("keys", "list"))
        states = {k["kid"]: k["state"] for k in keys if k["alg"] == "ES256"}
        assert states.pop(kid) == "active" and list(states.values()) == ["retired"]
        refused(site.run("keys", "rotate", "--alg", "HS256"), 2, "--alg")
        (site.dir / "master.key").write_text(os.urandom(32).hex(), encoding="utf-8")
        refused(site.run("keys", "list"), 1, "master key")
        refused(site.run("serve"), 6, "master_key_file")


def test_another_user_is_refused():
    with Site() as site:
        if os.getuid() != 0:
            return  # only root can give the directory away
        os.chown(site.dir / "data", 1, 1)
        refused(site.run("client", "list"), 4, "belongs to user", "sudo -u")
        refused(site.run("serve"), 4, "belongs to user")


def check_anchors(site):
    """Checkpoints that the log tells of, against the trail."""
    last = json.loads(site.good("audit", "list", "--limit", "1"))

    def verify(number, digest, before=""):
        line = json.dumps({"event": "audit_checkpoint", "number": number, "hash": digest})
        return site.run("audit", "verify", "--anchors", "-", stdin=before + line + "\n")

    done = verify(last["n"], last["hash"], '{"event":"started"}\n\nNov 20 host pratu[7]: ')
    assert done.returncode == 0 and "1 checkpoint of the log compared" in done.stdout, done.stderr
    refused(verify(last["n"], "A" * 43), 1, "not the one that was signed")
    refused(verify(last["n"] + 1, last["hash"]), 1, "the trail ends at")
    refused(site.run("audit", "verify", "--anchors", "-", stdin="{}\n"), 1, "audit_checkpoint")


def test_audit():
    with Site() as site:
        site.fill()
        assert "0 faults" in site.good("audit", "verify")
        assert len(site.good("audit", "list", "--limit", "2").splitlines()) == 2
        assert site.good("audit", "list", "--to", "2020-01-01") == ""
        refused(site.run("audit", "list", "--limit", "0"), 2)
        refused(site.run("audit", "list", "--from", "yesterday"), 2)
        refused(site.run("audit", "list", "--event", "nothing"), 2)
        offices = site.good("audit", "list", "--office", "100")
        assert all('"office":"100"' in line for line in offices.splitlines())
        check_anchors(site)
        data = site.dir / "data" / "data.mdb"
        raw = data.read_bytes()
        assert b'"rows=2 added=2' in raw
        data.write_bytes(raw.replace(b'"rows=2 added=2', b'"rows=2 added=3'))
        refused(site.run("audit", "verify"), 1, "changed", "not whole")


def test_backup_and_restore():
    with Site() as site:
        site.fill()
        copy = site.home / "copy"
        assert "master key" in site.good("backup", copy)
        refused(site.run("backup", copy), 1, "empty directory")
        refused(site.run("restore", copy), 1, "holds a database already")
        (site.dir / "data").rename(site.home / "old")
        refused(site.run("client", "list"), 4, "pratu init")
        refused(site.run("restore", site.home / "none"), 4)
        site.good("restore", copy)
        assert json.loads(site.good("system", "list"))[0]["id"] == "plan"
        assert "0 faults" in site.good("audit", "verify")
        (site.dir / "data").rename(site.home / "old2")
        (site.dir / "master.key").write_text(os.urandom(32).hex(), encoding="utf-8")
        refused(site.run("restore", copy), 6, "master key")
        assert not (site.dir / "data" / "data.mdb").exists()


main([fn for name, fn in list(globals().items()) if name.startswith("test_")])
