/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SMS_RULES_H
#define PRATU_DELIVER_SMS_RULES_H

/* The small languages of sms.providers: variables, paths into JSON, rules over an answer. Pure
 * functions; any thread. */
#include "base/buf.h"
#include "codec/json_value.h"

#define SMS_PATH_MAX 200u /* bytes */

struct sms_variable {
	const char *name; /* "text" */
	struct str value;
};

/* How a variable's value is written. */
enum sms_quoting { SMS_PLAIN, SMS_IN_JSON };

/* Appends the template with its variables filled in; list ends with a NULL name. */
void sms_fill(struct buf *out, struct str text, const struct sms_variable *list,
	enum sms_quoting quoting);
/* False when it holds {a_word} that is none of the names. */
bool sms_template_ok(struct str text, const char *const *names);

/* The value at "a.b[0].c", or NULL; the empty path is the root. */
const struct json_value *sms_path(const struct json_value *root, struct str path);
/* A string, number or boolean as text; false for anything else. */
bool sms_path_text(
	struct arena *a, const struct json_value *root, struct str path, struct str *ret);
bool sms_rule_holds(struct arena *a, const struct json_value *root, struct str rule);
bool sms_path_ok(struct str path);
bool sms_rule_ok(struct str rule);

#endif
