/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that is stored about a person, as one JSON document: the tables that their modules
 * mark as personal (core/table.h). The members are those of the records' field tables, which hide
 * hashes and ciphertexts; docs/account.md names them.
 */
#include "core/table.h"
#include "idp/account/account.h"
#include "idp/account/privacy.h"

#define SELF "/account/privacy/data"

static enum rc write_all(struct op *op, struct str person, struct buf *out)
{
	struct json_writer w;
	enum rc rc;

	buf_init(out, op->tx.a, DATA_BYTES_MAX);
	json_writer_init(&w, out);
	json_write_object(&w);
	json_add_str(&w, "issuer", op->tx.settings->issuer);
	json_add_i64(&w, "made", op->tx.now);
	rc = tables_export(&op->tx, person, &w);
	json_write_object_end(&w);
	return rc == RC_OK ? buf_status(out) : rc;
}

void account_data_run(struct op *op)
{
	struct audit_entry entry;
	const struct visit *v = op->visit;
	struct buf document;
	enum rc rc;

	rc = write_all(op, v->person.id, &document);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	entry = account_audit(op, v, AUDIT_DATA_DOWNLOADED);
	op_audit_fold(op, &entry);
	http_answer(op->x, 200, "application/json", buf_str(&document));
	http_header_add(op->x, "Content-Disposition", STR("attachment; filename=\"pratu.json\""));
}
