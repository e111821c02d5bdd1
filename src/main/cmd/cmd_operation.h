/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_CMD_CMD_OPERATION_H
#define PRATU_MAIN_CMD_CMD_OPERATION_H

/*
 * How the command of an operation prints what it did. Without a view of its own the result is
 * printed as one JSON object, or nothing.
 */
#include "main/deliver.h"

struct operation_view {
	const char *operation;    /* its name */
	struct cli_option option; /* that only the command line has; without a name: none */
	/* Runs the call and prints. */
	enum cli_exit (*run)(
		struct cli *cli, struct deliver_instance *w, struct operation_call *call);
};

extern const struct operation_view view_account_issue_secret, view_client_add, view_keys_rotate;

/* Prints what an operation has made, where it makes something. */
void operation_print(struct cli *cli, const struct operation *o, const void *result);
/* Requests it from a second person instead of running it. */
enum cli_exit operation_request(
	struct cli *cli, const struct instance *w, const struct operation_call *call);
/* Says why it was refused. Returns CLI_FAILED. */
enum cli_exit operation_refused(struct cli *cli, const struct operation_call *call, enum rc rc);
/* Prints the result, or that nothing had to be done, or why it was refused. */
enum cli_exit operation_finish(struct cli *cli, const struct operation_call *call, enum rc rc);

#endif
