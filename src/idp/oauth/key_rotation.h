/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_KEY_ROTATION_H
#define PRATU_IDP_OAUTH_KEY_ROTATION_H

/*
 * The signing keys of a running server: read into its keyring at the start, moved on and read again
 * from time to time, so that it sees what a command or another process did. One thread at a time.
 */
#include "core/app.h"
#include "idp/oauth/signing_keys.h"

/* Every algorithm the provider signs with. */
#define SIGNING_ALGS JOSE_ASYMMETRIC

struct running_keys {
	struct app *app;
	struct keys known; /* as last read */
	uint64_t seen;     /* fingerprint of the keys in the ring */
};

/* When keys are replaced, by the settings. */
struct keyring_rotation key_rotation_rule(const struct settings *s);
/* Loads the signing keys into the keyring of keys->app, after moving their lives on; publishes what
 * changed. */
MUST_USE enum rc key_rotation_run(struct running_keys *keys);

#endif
