/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The types of authorization details (RFC 9396) that any portal may use, and a command that shows
 * their schemas. */
#include "core/module.h"
#include "idp/details/payment_approval.h"

static enum rc details_schema(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	const struct details_type *type = details_type_find(str_c(arguments[0]));
	struct json_writer w;

	(void)tx;
	(void)n;
	if (!type)
		return RC_NOT_FOUND;
	json_writer_init(&w, out);
	details_schema_write(&w, type);
	buf_add_byte(out, '\n');
	return RC_OK;
}

static const struct command commands[] = {
	{"details schema", "TYPE", 1, 1,
		"Prints the JSON Schema of a type of authorization details.", details_schema},
	{.name = NULL},
};

static const struct details_type *const types[] = {&details_payment_approval, NULL};

const struct module module_details = {
	.name = "details",
	.commands = commands,
	.details = types,
};
