# SPDX-License-Identifier: AGPL-3.0-or-later
"""/readyz answers 200 only when the public port answers."""

import pytest

from binaries import built
from harness import wait_for
from plain_site import PlainSite


@pytest.mark.fault("the public listener begins later than the management listener",
                   "/readyz is not 200 before the public port answers")
def test_ready_when_the_public_port_answers(observed):
    with PlainSite() as site:
        gate = site.home / "listen now"
        process = site.start(env={"LD_PRELOAD": str(built("tests/e2e/later_listen.so")),
                                  "PRATU_LATER_PORT": str(site.port), "PRATU_LATER_UNTIL": str(gate)})
        try:
            asked = wait_for(lambda: answers(site), 60, "the management listener")
            assert asked == [503] * len(asked), asked
            gate.touch()
            wait_for(site.is_ready, 60, "the server")
            assert site.get("/oauth2/jwks")[0] == 200
        finally:
            site.stop(process)
        observed("503 \"starting\" %d times while it did not listen, then 200 and an answer" % len(asked))


def answers(site):
    """The states of 20 questions, when the management listener is there; None before."""
    try:
        return [site.get("/readyz", site.management)[0] for _ in range(20)]
    except OSError:
        return None
