/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_INSTANCE_H
#define PRATU_MAIN_INSTANCE_H

/*
 * What a command works on: the configuration, the vault and the store of one installation. Opened
 * by most commands beside a running server; serve opens the same.
 */
#include "main/cli.h"
#include "main/config.h"
#include "idp/oauth/signing_keys.h"
#include "core/schema.h"
#include "directory/operations/administration.h"

struct site {
	struct config *config;
	struct vault vault;
	struct store *store;
	struct rights rights; /* actor: "cli:" and the user's name */
};

enum site_access { SITE_READ, SITE_WRITE };

/* Reads the configuration, says its faults on standard error. */
enum cli_exit site_config(const struct cli *cli, struct config **ret);
/* Configuration, vault and store; everything is said on standard error. End with site_close. */
enum cli_exit site_open(struct cli *cli, enum site_access access, struct site *ret);
void site_close(struct site *site); /* also one that was only zeroed */
/* The store of a configuration whose vault is open already. */
MUST_USE enum rc site_open_store(
	const struct config *config, enum site_access access, struct store **ret);

/* The context in which signing keys are changed now. */
struct keys_context site_keys(const struct site *site);
struct keyring_rotation site_rotation(const struct settings *s);
/* Every algorithm the provider signs with. */
#define SITE_ALGS JOSE_ASYMMETRIC

/* Says what a store's or other mechanism's answer means for the person at the terminal. */
enum cli_exit site_fail(const struct cli *cli, const char *what, enum rc rc);

#endif
