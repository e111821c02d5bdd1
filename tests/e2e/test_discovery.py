# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is published: discovery (OIDC Discovery 3, RFC 8414, RFC 9207) and keys. The assertions are
those of oidcc-config-certification-test-plan."""

import re

import pytest
import requests
from jwcrypto import jwk

WELL_KNOWN = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
BOOLEANS = ["authorization_response_iss_parameter_supported", "claims_parameter_supported",
            "request_parameter_supported", "request_uri_parameter_supported",
            "require_request_uri_registration", "backchannel_logout_supported",
            "frontchannel_logout_supported", "require_pushed_authorization_requests",
            "backchannel_user_code_parameter_supported", "verified_claims_supported",
            "backchannel_logout_session_supported", "frontchannel_logout_session_supported"]


@pytest.fixture(scope="module")
def metadata(demo):
    return requests.get(demo.issuer + WELL_KNOWN[0], timeout=10).json()


@pytest.mark.parametrize("path", WELL_KNOWN)
def test_document(demo, path):
    answer = requests.get(demo.issuer + path, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    assert answer.json()["issuer"] == demo.issuer
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    again = requests.get(demo.issuer + path, timeout=10,
                         headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.content


def test_head_and_methods(demo):
    url = demo.issuer + WELL_KNOWN[0]
    head = requests.head(url, timeout=10)
    assert head.status_code == 200 and not head.content
    refused = requests.post(url, data={"a": "b"}, timeout=10)
    assert refused.status_code == 405 and "GET" in refused.headers["Allow"]


def test_required_members(metadata, demo):
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
                 "end_session_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert metadata[name].startswith(demo.issuer + "/oauth2/"), name
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["subject_types_supported"] == ["public"]
    assert {"ES256", "RS256", "PS256"} <= set(metadata["id_token_signing_alg_values_supported"])
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert {"openid", "profile"} <= set(metadata["scopes_supported"])
    assert set(metadata["response_modes_supported"]) == {"query", "form_post"}
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    confidential = {"client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"}
    for endpoint in ("token", "introspection", "revocation"):
        assert set(metadata[endpoint + "_endpoint_auth_methods_supported"]) == confidential | (
            set() if endpoint == "introspection" else {"none"})
        assert set(metadata[endpoint + "_endpoint_auth_signing_alg_values_supported"]) == {
            "ES256", "RS256", "PS256", "HS256"}
    assert {"authorization_code", "refresh_token", "client_credentials",
            "urn:openid:params:grant-type:ciba"} == set(metadata["grant_types_supported"])
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert {"sub", "name", "acr", "auth_time"} <= set(metadata["claims_supported"])
    assert {"login", "none", "consent", "select_account"} == set(
        metadata["prompt_values_supported"])


def test_defaults_are_said(metadata):
    """request_uri_parameter_supported would default to true when left out."""
    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["request_parameter_supported"] is False


def test_types(metadata):
    for name in BOOLEANS:
        assert isinstance(metadata.get(name, False), bool), name
    for name, value in metadata.items():
        if name.endswith("_supported") and name not in BOOLEANS:
            assert isinstance(value, list) and value, name
            assert len(value) == len(set(value)), name
    for tag in metadata["ui_locales_supported"]:
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag)
    assert {"th", "en"} <= {t[:2] for t in metadata["ui_locales_supported"]}


def test_every_endpoint_answers(metadata):
    """Nothing is advertised that is not there."""
    for name, url in metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert requests.get(url, timeout=10, allow_redirects=False).status_code != 404, name


def test_keys(metadata):
    answer = requests.get(metadata["jwks_uri"], timeout=10)
    assert answer.status_code == 200
    keys = answer.json()["keys"]
    assert len({k["kid"] for k in keys}) == len(keys) and keys
    # Those of algorithms that a client is registered for (decision 74); more come with other tests.
    assert "ES256" in {k["alg"] for k in keys}
    for key in keys:
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
        assert key["kty"] in ("EC", "RSA") and key["use"] == "sig"
        for name in ("n", "e", "x", "y"):
            assert name not in key or re.fullmatch(r"[A-Za-z0-9_-]+", key[name])
        imported = jwk.JWK(**key)
        assert imported.thumbprint() and not imported.has_private
        assert key["kty"] != "RSA" or len(key["n"]) >= 342


def test_security_headers(demo):
    page = requests.get(demo.issuer + "/login", timeout=10)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] in ("no-referrer", "same-origin", "strict-origin")
    assert page.headers["Cache-Control"].startswith("no-store")
    assert "Server" not in page.headers


def test_management_is_another_listener(demo):
    for path in ("/healthz", "/readyz", "/metrics"):
        assert requests.get(demo.management + path, timeout=10).status_code == 200
        assert requests.get(demo.issuer + path, timeout=10).status_code == 404
