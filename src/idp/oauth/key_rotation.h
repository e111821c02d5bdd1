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

/* When keys are replaced, by the settings; every algorithm counts as used. */
struct keyring_rotation key_rotation_rule(const struct settings *s);
/*
 * The algorithms (JOSE_BIT) that no client uses, whatever its status: their keys are not published
 * (struct keyring_rotation). Where nothing is used, as before the first client, KEY_ALG_ALONE is.
 */
#define KEY_ALG_ALONE JOSE_ES256
unsigned key_algs_unused(struct store_snapshot *snap, unsigned used_besides);
/* keyring_on_publish, of a struct app: portals can fetch a key before they have its first token. */
void key_rotation_publish(void *app);
/* Loads the signing keys into the keyring of keys->app, after moving their lives on; publishes what
 * changed. */
MUST_USE enum rc key_rotation_run(struct running_keys *keys);

#endif
