# SPDX-License-Identifier: AGPL-3.0-or-later
"""src/jose against jwcrypto, both ways: keys, thumbprints, tokens."""

import json
import subprocess
import sys

from jwcrypto import jwk, jws

PAYLOAD = {"sub": "someone"}
ALGORITHMS = ("ES256", "RS256", "PS256")


class Peer:
    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.child.stdin.write(" ".join(words) + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().rstrip("\n")


def public(key, **members):
    return dict(json.loads(key.export_public()), **members)


def token_of(key, alg, **header):
    token = jws.JWS(json.dumps(PAYLOAD))
    token.add_signature(key, None, json.dumps(dict(header, alg=alg)))
    return token.serialize(compact=True)


def theirs_reads_ours(peer, alg):
    text, thumbprint, token = peer.ask("make", alg).split(" ")
    key = jwk.JWK.from_json(text)
    assert key.thumbprint() == thumbprint
    assert json.loads(text)["kid"] == thumbprint
    read = jws.JWS()
    read.deserialize(token, jwk.JWK.from_json(key.export_public()))
    assert json.loads(read.payload) == PAYLOAD
    assert read.jose_header == {"alg": alg, "kid": thumbprint, "typ": "at+jwt"}


def ours_reads_theirs(peer, alg):
    kind = {"kty": "EC", "crv": "P-256"} if alg == "ES256" else {"kty": "RSA", "size": 2048}
    key, other = jwk.JWK.generate(**kind), jwk.JWK.generate(**kind)
    document = json.dumps({"keys": [public(other, kid="b", alg=alg),
                                    public(key, kid="a", alg=alg)]}, separators=(",", ":"))
    answer = peer.ask("read", document, token_of(key, alg, kid="a"))
    assert json.loads(answer) == PAYLOAD
    assert peer.ask("read", document, token_of(key, alg, kid="b")) == "refused"
    assert peer.ask("read", document, token_of(key, alg)) == "refused"
    wrong = {"RS256": "PS256", "PS256": "RS256"}.get(alg)
    if wrong:
        assert peer.ask("read", document, token_of(key, wrong, kid="a")) == "refused"


def hmac_with_the_public_key(peer, alg):
    """The classic: HS256 keyed with what everybody can read."""
    text, _, _ = peer.ask("make", alg).split(" ")
    key = jwk.JWK.from_json(text)
    document = json.dumps({"keys": [public(key)]}, separators=(",", ":"))
    for secret in (key.export_to_pem(), document.encode(), key.export_public().encode()):
        shared = jwk.JWK(kty="oct", k=jws.base64url_encode(secret))
        forged = token_of(shared, "HS256", kid=key["kid"])
        assert peer.ask("read", document, forged) == "refused"


def main():
    peer = Peer(sys.argv[1])
    tests = [(check, alg) for check in (theirs_reads_ours, ours_reads_theirs,
                                        hmac_with_the_public_key) for alg in ALGORITHMS]
    print("1..%d" % len(tests))
    failed = 0
    for number, (check, alg) in enumerate(tests, 1):
        try:
            check(peer, alg)
            print("ok %d - %s %s" % (number, check.__name__, alg))
        except Exception as error:  # one line a test, whatever went wrong
            failed += 1
            print("not ok %d - %s %s: %r" % (number, check.__name__, alg, error))
    peer.child.stdin.close()
    peer.child.wait()
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
