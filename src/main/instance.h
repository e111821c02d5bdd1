/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_INSTANCE_H
#define PRATU_MAIN_INSTANCE_H

/*
 * An installation: its configuration, vault and store. Opened by most commands, also while a server
 * runs, and by serve.
 */
#include "main/cli.h"
#include "main/config.h"
#include "idp/oauth/key_rotation.h"
#include "core/schema.h"
#include "core/operation.h"

struct instance {
	struct config *config;
	struct vault vault;
	struct store *store;
	struct app app;     /* settings, store, vault, clock, random, operations */
	struct actor actor; /* "cli:" and the user's name */
};

/* CREATE: of init. */
enum instance_access { INSTANCE_READ, INSTANCE_WRITE, INSTANCE_CREATE };

/* Reads the configuration, says its faults on standard error. */
enum cli_exit instance_config(const struct cli *cli, struct config **ret);
/* Configuration, vault and store; everything is said on standard error. End with instance_close. */
enum cli_exit instance_open(struct cli *cli, enum instance_access access, struct instance *ret);
/* The same with a configuration that is read already; freed when it fails. */
enum cli_exit instance_open_with(
	struct cli *cli, enum instance_access access, struct config *config, struct instance *ret);
void instance_close(struct instance *instance); /* also one that was only zeroed */
/* Refuses a store that another user, root too, would leave unusable for the server. */
enum cli_exit instance_check_owner(const struct cli *cli, const struct config *config);
/* Says why a store was not opened; the exit code for it. */
enum cli_exit instance_refused(
	const struct cli *cli, const char *what, enum rc rc, const struct store_refusal *refusal);

/* The context in which signing keys are changed now. */
struct keys_context instance_keys(const struct instance *instance);

/* Says what a store's or other mechanism's answer means for the person at the terminal. */
enum cli_exit instance_fail(const struct cli *cli, const char *what, enum rc rc);

#endif
