/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people have agreed to. */
#include "access/consent.h"
#include "core/module.h"

static enum rc export_consents(struct tx *tx, struct str person, struct json_writer *out)
{
	struct consent_list list;
	enum rc rc = consents_of(tx, person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		json_write_object(out);
		field_to_json(&record_consent, list.v + i, out);
		json_write_object_end(out);
	}
	return rc;
}

static const struct module_table tables[] = {
	{.number = TABLE_CONSENT,
		.name = "consent",
		.record = &record_consent,
		.key = "person id, client id[, day: replaced]",
		.personal = true,
		.member = "consents",
		.export_records = export_consents},
	{.number = 0},
};

const struct module module_access = {
	.name = "access",
	.tables = tables,
};
