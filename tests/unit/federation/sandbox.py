# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ThaID connector against the simulated ThaID: two readings of one wire by two hands."""

import os
import subprocess
import sys
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, sys.argv[1])

from sandbox import MALEE, SOMCHAI, run  # noqa: E402

PEER = sys.argv[3]
FLAT = "[pid, title, given_name, family_name, birthdate, ial]"
FULL = "[openid, pid, title, given_name, family_name, birthdate, ial]"
OLD = """  authorize: /api/v1/oauth2/auth/
  token: /api/v1/oauth2/token/
  introspect: ""
  revoke: ""
  scopes: [pid, th_fullname, dob]
  header_name: x-imauth-apikey
  header_value: key
  claims:
    name_th: [th_fullname]
    birthdate: [dob]
"""


class Connector:
    """The peer program with its own configuration beside the sandbox's files."""

    def __init__(self, box, more="", client="me"):
        if "scopes:" not in more:
            more += "  scopes: %s\n" % FULL
        box.write("thaid.yaml", "thaid:\n  client_id: %s\n  client_secret: secret\n"
                  "  issuer: %s\n  keys_refetch_gap: 0s\n%s" % (client, box.url, more))
        self.box = box
        self.child = subprocess.Popen([PEER, os.path.join(box.home, "thaid.yaml")], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().rstrip("\n")

    def login(self, pid=SOMCHAI, done="approve"):
        """Outcome, word and person of one round trip."""
        url = urlsplit(self.ask("begin"))
        answer = self.box.get(url.path + "?" + url.query)
        assert answer.status == 303, answer.text
        body = {"reference": self.box.pending()[0]["reference"]}
        if done == "approve":
            body["pid"] = pid
        assert self.box.api("thaid/" + done, **body).status == 200
        params = self.box.come_back(answer.location)
        return self.ask("back " + urlencode(params)).split("|")


def expect(box, table, more="", **always):
    with Connector(box, more) as connector:
        for change, want in table:
            assert box.api("reset").status == 200
            box.settings(**always, **change)
            got = connector.login()
            assert got[:2] == want.split(" "), (change, got)
            if got[0] == "proven":
                assert got[2] == SOMCHAI, got


def a_person(box):
    with Connector(box) as connector:
        assert connector.login() == [
            "proven", "-", SOMCHAI, "นาย", "สมชาย", "ใจดี", "1980-00-00", "2.3"]
        assert connector.login(MALEE)[2:5] == [MALEE, "นางสาว", "มาลี"]
        requests = box.get("/api/requests").json["requests"]
        revoked = [r for r in requests if "revoke" in r["request"]["path"]]
        assert len(revoked) == 4 and all(r["status"] == 200 for r in revoked), revoked


def deliveries(box):
    variants = [{"delivery": d, "spelling": s} for d in ("auto", "flat", "id_token", "both")
                for s in ("scope", "renamed", "both")]
    variants += [{"expiry_name": n, "expiry_value": v} for n in ("expires_in", "expire_in", "both")
                 for v in ("absolute", "relative")]
    variants += [{"refresh_token": False}, {"sub": "other"}, {"sub": "omit"}, {"nonce": "omit"},
                 {"token_form": "bare"}, {"token_form": "bearer"}, {"client_auth": "basic"}]
    expect(box, [(v, "proven -") for v in variants])
    expect(box, [(v, "proven -") for v in variants], "  check_active: true\n")
    expect(box, [({}, "proven -")], "  scopes: %s\n" % FLAT)
    expect(box, [({}, "proven -")], "  client_auth: client_secret_post\n", client_auth="post")
    expect(box, [({}, "unavailable client_refused")], client_auth="post")


def lies(box):
    expect(box, [
        ({"nonce": "wrong"}, "refused wrong_nonce"),
        ({"jws_fault": "bad_signature"}, "refused bad_signature"),
        ({"jws_fault": "alg_none"}, "refused bad_id_token"),
        ({"jws_fault": "alg_hs256"}, "refused bad_id_token"),
        ({"jws_fault": "unknown_kid"}, "refused unknown_kid"),
        ({"jws_fault": "embedded_jwk"}, "refused bad_id_token"),
        ({"jws_fault": "not_a_jwt"}, "refused bad_id_token"),
        ({"claim_fault": "wrong_iss"}, "refused wrong_issuer"),
        ({"claim_fault": "wrong_aud"}, "refused wrong_audience"),
        ({"claim_fault": "aud_array"}, "proven -"),
        ({"claim_fault": "expired"}, "refused id_token_expired"),
        ({"claim_fault": "future"}, "refused bad_claims"),
        ({"claim_fault": "no_exp"}, "refused bad_claims"),
        ({"claim_fault": "wrong_at_hash"}, "refused wrong_at_hash"),
        ({"pid_fault": "missing"}, "refused pid_missing"),
        ({"pid_fault": "bad_checksum"}, "refused pid_invalid"),
        ({"pid_fault": "conflict", "delivery": "both"}, "refused pid_conflict"),
    ])
    expect(box, [({"nonce": "omit"}, "refused nonce_missing"), ({}, "proven -")],
           "  nonce: required\n")


def faults(box):
    expect(box, [
        ({"fault": "500"}, "unavailable server_error"),
        ({"fault": "502"}, "unavailable server_error"),
        ({"fault": "503"}, "unavailable server_error"),
        ({"fault": "truncated"}, "unavailable answer_malformed"),
        ({"fault": "not_json"}, "unavailable answer_malformed"),
        ({"fault": "empty_200"}, "unavailable answer_malformed"),
        ({"fault": "empty_400"}, "unavailable code_refused"),
        ({"fault": "empty_401"}, "unavailable code_refused"),
        ({"fault": "duplicate_request"}, "unavailable code_refused"),
        ({"fault": "server_error"}, "unavailable server_error"),
        ({"code_replayed": True}, "unavailable code_refused"),
        ({"return": "no_code"}, "unavailable no_code"),
        ({"return": "server_error"}, "unavailable server_error"),
        ({"fault": "500", "fault_at": "revoke"}, "proven -"),
        ({"fault": "empty_400", "fault_at": "revoke"}, "proven -"),
    ])
    expect(box, [({"fault": "503", "fault_at": "introspect"}, "unavailable server_error")],
           "  check_active: true\n")
    expect(box, [({"fault": "hang"}, "unavailable no_answer"),
                 ({"fault": "hang", "fault_at": "revoke"}, "proven -")],
           "  timeout: 1s\n  revoke_timeout: 1s\n")


def faults_of_the_keys(box):
    for fault in ("500", "truncated", "not_json", "empty_200"):
        expect(box, [({"fault": fault, "fault_at": "jwks"}, "unavailable no_keys")])


def refusals(box):
    with Connector(box) as connector:
        for word in ("user_denied", "access_denied"):
            box.settings(refusal=word)
            assert connector.login(done="refuse")[:2] == ["cancelled", "user_denied"]


def rotation(box):
    with Connector(box) as connector:
        for body in ({}, {"drop_old": True}, {}):
            assert connector.login()[0] == "proven"
            assert box.api("thaid/rotate-keys", **body).status == 200
        assert connector.login()[0] == "proven"
        assert box.api("thaid/rotate-keys", publish=False).status == 200
        assert connector.login()[:2] == ["refused", "unknown_kid"]


def discovery(box):
    more = "  discovery: true\n  token: \"\"\n  jwks: \"\"\n  introspect: \"\"\n  revoke: \"\"\n"
    expect(box, [({}, "proven -"), ({}, "proven -")], more)
    expect(box, [({"fault": "503", "fault_at": "discovery"}, "unavailable no_metadata")], more)


def version_one(box):
    with Connector(box, OLD, client="old") as connector:
        got = connector.login()
        assert got[:2] == ["proven", "-"] and got[2] == SOMCHAI, got
        assert got[4:7] == ["นายสมชาย ใจดี", "", "1980-00-00"], got


TESTS = [a_person, deliveries, lies, faults, faults_of_the_keys, refusals, rotation, discovery,
         version_one]

if __name__ == "__main__":
    sys.exit(run(sys.argv[2], TESTS))
