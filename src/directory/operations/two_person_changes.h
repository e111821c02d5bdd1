/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_TWO_PERSON_CHANGES_H
#define PRATU_DIRECTORY_OPERATIONS_TWO_PERSON_CHANGES_H

/*
 * Operations that one administrator requests and another approves (workflow/workflow.h): those by
 * which one person could take over an office or a client.
 */
#include "core/operation.h"

/* The SSO administrator of an office, shown to people without access. All three values are
 * replaced; an empty one is removed. */
struct office_set_admin_args {
	struct str code;
	struct str admin_name, admin_phone, admin_email;
};
extern const struct operation operation_office_set_admin;

/* Where authorization codes are sent: all redirect URIs of the client are replaced. */
struct client_set_redirect_uris_args {
	struct str client_id;
	struct strlist redirect_uris;
};
extern const struct operation operation_client_set_redirect_uris;

#endif
