/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_PRESET_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_PRESET_H

/*
 * Library presets: what a client library needs in its registration (algorithm, authentication at
 * the token endpoint, PKCE, claims in the ID token, redirect path), and its configuration, ready to
 * be used. A preset is a row of client_preset.def and a template presets/NAME.tmpl.
 *
 * In a template, {{name}} stands for a value of the client, escaped for a string between double
 * quotes. Pure; any thread.
 */
#include "directory/records.h"

#define CLIENT_PRESET_TEXT_MAX 16384u /* bytes of a configuration */

struct client_preset {
	const char *name;    /* on the command line */
	const char *library; /* and its version, as people know it */
	const char *file;    /* the file that its configuration is */
	int application_type, auth_method;
	const char *alg; /* of id_token_alg_words */
	bool pkce;       /* the library has it */
	bool refreshes;  /* it is registered for refresh tokens */
	int access_format;
	const char *redirect_path, *logout_path; /* behind the address of the portal */
	/* Where the library takes logout tokens by its configuration alone; empty: nowhere. */
	const char *back_channel_path;
	const char *id_token_claims; /* separated by spaces */
	bool tried;       /* logged in with by tests/e2e/test_presets.py; else from documentation */
	const char *note; /* one sentence for the developer */
};

/* By the number of client_preset_words, where 0, the empty word, is none; the last has no name. */
extern const struct client_preset client_presets[];
extern const char *const client_preset_words[];

struct client_preset_template {
	const char *name, *text;
};
extern const struct client_preset_template client_preset_templates[]; /* ended by a NULL name */

/* What the library needs, over the defaults of a client; url: the address of the portal without a
 * "/" at its end, empty: no redirect URIs. Arrays go to the arena. */
void client_preset_lay(
	struct arena *a, const struct client_preset *preset, struct str url, struct client *client);

struct client_preset_values {
	struct str issuer;
	const struct client *client;
	struct str secret; /* empty: a sentence stands for the secret that the portal has already */
};
/* Can every value stand in a configuration? Not with "$", "`" or "#{": they are code in shells,
 * Ruby, PHP, Apache and Spring, and whoever wrote the metadata is not who runs the configuration.
 */
bool client_preset_can_print(const struct client *client, struct str secret);

/* The configuration of the client for the preset's library. RC_INVALID: its template names a value
 * that does not exist; RC_LIMITED: it is longer than CLIENT_PRESET_TEXT_MAX. */
MUST_USE enum rc client_preset_configuration(struct arena *a, const struct client_preset *preset,
	const struct client_preset_values *values, struct str *ret);

#endif
