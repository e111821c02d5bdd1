/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/clients.h"

#include "directory/access_recheck.h"
#include "directory/directory.h"
#include "directory/operations/check.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/client_preset.h"
#include "directory/operations/client_secret.h"
#include "directory/operations/directory_operations.h"
#include "net/outgoing.h"

static void audit_client(struct tx *tx, enum audit_event event, struct str id)
{
	struct audit_entry e = tx_audit(tx, event);

	e.client = e.object = id;
	tx_audit_add(tx, &e);
}

struct client client_own(struct arena *a, const struct client *c)
{
	struct buf stored;
	struct client copy;

	buf_init(&stored, a, RECORD_STORED_MAX);
	field_encode(&record_client, c, &stored);
	if (field_decode(&record_client, a, buf_str(&stored), &copy) != RC_OK)
		return *c;
	return copy;
}

bool client_same_uris(struct strlist a, struct strlist b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (!str_eq(a.v[i], b.v[i]))
			return false;
	return true;
}

static void write_made(const void *result, struct json_writer *out)
{
	const struct client_made *made = result;

	client_to_metadata(&made->client, out);
	json_add_i64(out, "client_id_issued_at", made->client.created);
	if (made->secret.n) {
		json_add_str(out, "client_secret", made->secret);
		json_add_i64(out, "client_secret_expires_at", 0);
	}
	if (made->preset) {
		json_add_str(out, "configuration_file", str_c(client_presets[made->preset].file));
		json_add_str(out, "configuration", made->configuration);
	}
}

/* --- add, update --- */

#define AT(member) offsetof(struct client_metadata_args, member)
#define FILE_FIELD(flags, help)                                                                    \
	{                                                                                          \
		1, "file", FIELD_JSON, flags, AT(file), CLIENT_METADATA_MAX, NULL, help            \
	}

static const struct field update_fields[] = {
	FILE_FIELD(FIELD_REQUIRED, "RFC 7591 metadata; - for standard input")};
static const struct record_type update_type = {
	"client_metadata", sizeof(struct client_metadata_args), update_fields, 1};

static const struct field add_fields[] = {
	FILE_FIELD(0, "RFC 7591 metadata; - for standard input. With --preset: what it changes"),
	{2, "preset", FIELD_ENUM, 0, AT(preset), 0, client_preset_words,
		"library of the portal: registers what it needs and prints its configuration; see "
		"docs/presets.md"},
	{3, "url", FIELD_STR, 0, AT(url), 1024, NULL,
		"with --preset: address of the portal, https://plan.example.go.th"},
	{4, "system", FIELD_STR, FIELD_TYPED, AT(system), SYSTEM_ID_MAX, NULL,
		"with --preset: the system it belongs to"},
	{5, "name", FIELD_STR, 0, AT(name), 200, NULL, "with --preset: name shown to people"},
	{6, "client_id", FIELD_STR, FIELD_TYPED, AT(client_id), CLIENT_ID_MAX, NULL,
		"with --preset: its id; without, one is made"},
	{7, "secret", FIELD_STR, FIELD_FILE, AT(secret), CLIENT_SECRET_TEXT_MAX, NULL,
		"secret that the portal has from another provider, in plain or sha256:HASH, "
		"instead of a new one"},
};
static const struct record_type add_type = {"client_add", sizeof(struct client_metadata_args),
	add_fields, sizeof(add_fields) / sizeof(add_fields[0])};

static void add_validate(const void *data, struct problems *ret)
{
	const struct client_metadata_args *args = data;

	if (!args->file.n && !args->preset)
		problem_add(ret, "file", "is missing; or give --preset");
	if (!args->preset && (args->url.n || args->system.n || args->name.n || args->client_id.n))
		problem_add(ret, "preset",
			"is missing, which --url, --system, --name and --client-id belong to; with "
			"--file they are metadata");
	if (args->url.n && args->url.p[args->url.n - 1] == '/')
		problem_add(ret, "url", "ends with \"/\"; leave that out");
}

static enum rc check_system_known(struct tx *tx, const struct client *c, struct field_error *e)
{
	struct system system;
	enum rc rc;

	if (!c->system.n)
		return RC_OK;
	rc = system_get(tx->snap, tx->a, c->system, &system, NULL);
	if (rc == RC_NOT_FOUND)
		return fault(e, "system", "names \"%.*s\", which is no system; import it first",
			STR_FMT(c->system));
	return rc;
}

/* Where we shall fetch from is checked by the rules of fetching (net/outgoing.h). */
static enum rc check_fetched(struct tx *tx, const struct client *c, struct field_error *e)
{
	const char *why;

	if (!c->jwks_uri.n || outgoing_url_check(c->jwks_uri, tx->settings->outgoing_networks.n > 0,
				      &why) == RC_OK)
		return RC_OK;
	return fault(e, "jwks_uri", "%s", why);
}

/* What the options of a preset say, before the metadata. */
static void preset_lay(struct tx *tx, const struct client_metadata_args *args, struct client *c)
{
	if (!args->preset)
		return;
	client_preset_lay(tx->a, &client_presets[args->preset], args->url, c);
	c->system = args->system;
	c->name = args->name;
	if (args->client_id.n)
		c->id = args->client_id;
}

/* Lays the metadata over *c and applies all rules. */
static enum rc metadata_lay(
	struct tx *tx, const struct json_value *metadata, struct client *c, struct problems *ret)
{
	struct field_error error = {.field = NULL};
	enum rc rc = client_from_metadata(tx->a, metadata, c, &error);

	if (rc == RC_OK)
		rc = check_system_known(tx, c, &error);
	if (rc == RC_OK)
		rc = check_fetched(tx, c, &error);
	return rc == RC_INVALID ? problem_copy(ret, &error) : rc;
}

/* Removing a client and adding one of its id would be one person's way to other redirect URIs. */
static enum rc check_never_removed(struct tx *tx, struct str id, struct problems *problems)
{
	struct store_record there;
	enum rc rc = store_get(tx->snap, TABLE_CLIENT_REMOVED, id, &there);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	return problem_add(
		problems, "client_id", "was removed and is never given again; choose another");
}

static enum rc metadata_parse(
	const struct client_metadata_args *args, struct json_value **ret, struct problems *problems)
{
	struct str text = args->file.n ? args->file : STR("{}"); /* a preset may say it all */

	if (json_value_parse(text, CLIENT_METADATA_MAX, ret) == RC_OK)
		return RC_OK;
	return problem_add(problems, "file", "is not one JSON value with distinct members");
}

/* The client that the arguments make, without its secret. */
static enum rc add_find(struct tx *tx, const struct client_metadata_args *args, struct client *ret,
	struct problems *problems)
{
	struct json_value *metadata __attribute__((cleanup(json_value_freep))) = NULL;
	struct client there;
	enum rc rc = metadata_parse(args, &metadata, problems);

	if (rc != RC_OK)
		return rc;
	client_defaults(ret);
	ret->id = id_new(tx->a, tx->app->rng);
	preset_lay(tx, args, ret);
	rc = metadata_lay(tx, metadata, ret, problems);
	if (rc == RC_OK && args->secret.n && !client_has_secret(ret))
		rc = problem_add(problems, "secret", "is of no use: this client has none");
	if (rc == RC_OK && args->preset && !client_preset_can_print(ret, args->secret))
		rc = problem_add(problems, "preset",
			"prints no configuration with \"$\", \"`\" or \"#{\" in a scope, an "
			"address, the id or the secret; change them, or register by --file alone");
	client_secret_check(tx->a, ret, args->secret, problems);
	rc = rc == RC_OK ? checked(problems, rc) : rc;
	if (rc != RC_OK)
		return rc;
	rc = client_get(tx->snap, tx->a, ret->id, &there, NULL);
	if (rc == RC_NOT_FOUND)
		return check_never_removed(tx, ret->id, problems);
	if (rc != RC_OK)
		return rc;
	problem_add(problems, "client_id", "is there already; choose another, or client update");
	return RC_EXISTS;
}

static enum rc update_find(struct tx *tx, const struct json_value *metadata, struct client *ret,
	uint64_t *ret_version, struct problems *problems)
{
	struct client stored;
	struct str id;
	enum rc rc;

	if (!json_value_str(json_value_get(metadata, "client_id"), &id))
		return problem_add(problems, "client_id", "is missing; name the client to change");
	rc = client_get(tx->snap, tx->a, id, &stored, ret_version);
	if (rc != RC_OK)
		return rc;
	*ret = client_own(tx->a, &stored);
	rc = metadata_lay(tx, metadata, ret, problems);
	if (rc == RC_OK && !client_same_uris(stored.redirect_uris, ret->redirect_uris))
		return problem_add(problems, "redirect_uris",
			"change by two people only: leave them as they are, and request others by "
			"client set-redirect-uris");
	return rc;
}

static enum rc client_add_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct client c;

	return add_find(tx, args, &c, ret);
}

static enum rc client_add_apply(struct tx *tx, const void *data, void *result)
{
	const struct client_metadata_args *args = data;
	struct problems problems = {.n = 0};
	struct client_made *made = result;
	enum rc rc = add_find(tx, args, &made->client, &problems);

	if (rc != RC_OK)
		return rc;
	made->client = client_own(tx->a, &made->client);
	made->client.created = made->client.updated = tx->now;
	made->secret = client_secret_settle(tx, args->secret, &made->client);
	made->preset = args->preset;
	client_put(tx->batch, tx->a, &made->client, STORE_ABSENT);
	store_expect(tx->batch, TABLE_CLIENT_REMOVED, made->client.id, STORE_ABSENT);
	audit_client(tx, AUDIT_CLIENT_ADDED, made->client.id);
	if (!args->preset)
		return RC_OK;
	return client_preset_configuration(tx->a, &client_presets[args->preset],
		&(const struct client_preset_values){
			tx->settings->issuer, &made->client, made->secret},
		&made->configuration);
}

static enum rc client_update_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct json_value *metadata __attribute__((cleanup(json_value_freep))) = NULL;
	struct client c;
	uint64_t version;
	enum rc rc = metadata_parse(args, &metadata, ret);

	return rc == RC_OK ? update_find(tx, metadata, &c, &version, ret) : rc;
}

static enum rc client_update_apply(struct tx *tx, const void *args, void *result)
{
	struct json_value *metadata __attribute__((cleanup(json_value_freep))) = NULL;
	struct problems problems = {.n = 0};
	struct client_made *made = result;
	uint64_t version = 0;
	enum rc rc = metadata_parse(args, &metadata, &problems);

	if (rc == RC_OK)
		rc = update_find(tx, metadata, &made->client, &version, &problems);
	if (rc != RC_OK)
		return rc;
	made->client = client_own(tx->a, &made->client);
	made->client.updated = tx->now;
	made->secret = client_secret_settle(tx, STR_NONE, &made->client);
	client_put(tx->batch, tx->a, &made->client, version);
	if (made->client.status == STATUS_SUSPENDED)
		access_recheck_all(tx, made->client.system);
	audit_client(tx, AUDIT_CLIENT_CHANGED, made->client.id);
	return RC_OK;
}

/* A new client depends on its system, and on its id being free. */
static enum rc client_add_before(
	struct tx *tx, const void *args, void *ret_now, struct seen_records *ret_seen)
{
	struct problems problems = {.n = 0};
	struct client c;
	enum rc rc = add_find(tx, args, &c, &problems);

	(void)ret_now;
	if (rc == RC_OK && c.system.n)
		rc = seen_add(tx, ret_seen, TABLE_SYSTEM, c.system);
	return rc == RC_OK ? seen_add(tx, ret_seen, TABLE_CLIENT, c.id) : rc;
}

static enum rc client_update_before(
	struct tx *tx, const void *args, void *ret_now, struct seen_records *ret_seen)
{
	struct json_value *metadata __attribute__((cleanup(json_value_freep))) = NULL;
	struct problems problems = {.n = 0};
	struct client_metadata_args *now = ret_now;
	struct client stored;
	struct json_writer w;
	struct buf text;
	struct str id = STR_NONE;
	enum rc rc = metadata_parse(args, &metadata, &problems);

	if (rc == RC_OK && !json_value_str(json_value_get(metadata, "client_id"), &id))
		rc = RC_INVALID;
	if (rc == RC_OK)
		rc = client_get(tx->snap, tx->a, id, &stored, NULL);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, tx->a, CLIENT_METADATA_MAX);
	json_writer_init(&w, &text);
	json_write_object(&w);
	client_to_metadata(&stored, &w);
	json_write_object_end(&w);
	if (buf_status(&text) != RC_OK)
		return RC_LIMITED;
	now->file = buf_str(&text);
	return seen_add(tx, ret_seen, TABLE_CLIENT, stored.id);
}

const struct operation operation_client_add = {
	.name = "client.add",
	.help = "Registers a client and prints its metadata and secret once; with --preset, the "
		"configuration of its library.",
	.args = &add_type,
	.permission = "clients.write",
	.result_size = sizeof(struct client_made),
	.validate = add_validate,
	.check = client_add_check,
	.before = client_add_before,
	.apply = client_add_apply,
	.write = write_made,
};

const struct operation operation_client_update = {
	.name = "client.update",
	.help = "Changes the client named by client_id: replaces the members present in the "
		"metadata.",
	.args = &update_type,
	.permission = "clients.write",
	.result_size = sizeof(struct client_made),
	.check = client_update_check,
	.before = client_update_before,
	.apply = client_update_apply,
	.write = write_made,
};

/* --- secrets --- */

static const char *const client_id_positional[] = {"client_id", NULL};

static const struct field rotate_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct client_rotate_secret_args, client_id), CLIENT_ID_MAX, NULL,
		"the client"},
	{2, "overlap", FIELD_I64, 0, offsetof(struct client_rotate_secret_args, overlap),
		CLIENT_SECRET_OVERLAP_MAX, NULL,
		"time for which the old secret is still accepted (seconds, 15m, 1h, 30d); default "
		"1h; 0: none"},
	{3, "secret", FIELD_STR, FIELD_FILE, offsetof(struct client_rotate_secret_args, secret),
		CLIENT_SECRET_TEXT_MAX, NULL,
		"secret that the portal has from another provider, in plain or sha256:HASH, "
		"instead of a new one"},
};
static const struct record_type rotate_type = {
	"client_rotate_secret", sizeof(struct client_rotate_secret_args), rotate_fields, 3};

static void rotate_defaults(void *args)
{
	((struct client_rotate_secret_args *)args)->overlap = CLIENT_SECRET_OVERLAP;
}

static void rotate_validate(const void *data, struct problems *ret)
{
	const struct client_rotate_secret_args *args = data;

	if (args->overlap < 0 || args->overlap > CLIENT_SECRET_OVERLAP_MAX)
		problem_add(ret, "overlap", "is no time from 0 to 30d; write 1h");
}

static enum rc rotate_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct client_rotate_secret_args *args = data;
	struct client c;
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, &c, NULL);

	if (rc != RC_OK)
		return rc;
	client_secret_check(tx->a, &c, args->secret, ret);
	if (client_has_secret(&c))
		return checked(ret, RC_OK);
	problem_add(ret, NULL, "this client has no secret");
	return RC_DENIED;
}

static enum rc rotate_apply(struct tx *tx, const void *data, void *result)
{
	const struct client_rotate_secret_args *args = data;
	struct client_made *made = result;
	struct client stored, *c = &made->client;
	struct str before, sealed_before;
	uint64_t version;
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, &stored, &version);

	if (rc != RC_OK)
		return rc;
	*c = client_own(tx->a, &stored);
	before = c->secret_hash;
	sealed_before = c->secret_sealed;
	made->secret = client_secret_give(tx, args->secret, c);
	c->updated = tx->now;
	if (args->overlap) {
		c->old_secret_hash = before;
		c->old_secret_sealed = sealed_before;
		c->old_secret_until = tx->now + args->overlap;
	}
	client_put(tx->batch, tx->a, c, version);
	audit_client(tx, AUDIT_CLIENT_SECRET_ROTATED, c->id);
	return RC_OK;
}

static enum rc rotate_before(
	struct tx *tx, const void *data, void *ret_now, struct seen_records *ret_seen)
{
	const struct client_rotate_secret_args *args = data;

	*(struct client_rotate_secret_args *)ret_now =
		(struct client_rotate_secret_args){.client_id = args->client_id};
	return seen_add(tx, ret_seen, TABLE_CLIENT, args->client_id);
}

const struct operation operation_client_rotate_secret = {
	.name = "client.rotate-secret",
	.help = "Creates a new secret and prints it once, or takes over one that the portal has.",
	.args = &rotate_type,
	.positional = client_id_positional,
	.permission = "clients.write",
	.result_size = sizeof(struct client_made),
	.defaults = rotate_defaults,
	.validate = rotate_validate,
	.check = rotate_check,
	.before = rotate_before,
	.apply = rotate_apply,
	.write = write_made,
};

/* --- remove --- */

static const struct field remove_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct client_remove_args, client_id), CLIENT_ID_MAX, NULL, "the client"}};
static const struct record_type remove_type = {
	"client_remove", sizeof(struct client_remove_args), remove_fields, 1};

static enum rc remove_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct client_remove_args *args = data;
	struct client c;

	(void)ret;
	return client_get(tx->snap, tx->a, args->client_id, &c, NULL);
}

static enum rc remove_apply(struct tx *tx, const void *data, void *result)
{
	const struct client_remove_args *args = data;
	struct client c;
	uint64_t version;
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, &c, &version);

	(void)result;
	if (rc != RC_OK)
		return rc;
	client_delete(tx->batch, &c, version);
	record_put(tx->batch, TABLE_CLIENT_REMOVED, tx->a, c.id,
		&(const struct client_removed){.id = c.id, .removed = tx->now}, STORE_ANY);
	audit_client(tx, AUDIT_CLIENT_REMOVED, c.id);
	return RC_OK;
}

static enum rc remove_before(
	struct tx *tx, const void *data, void *ret_now, struct seen_records *ret_seen)
{
	*(struct client_remove_args *)ret_now = *(const struct client_remove_args *)data;
	return seen_add(
		tx, ret_seen, TABLE_CLIENT, ((struct client_remove_args *)ret_now)->client_id);
}

const struct operation operation_client_remove = {
	.name = "client.remove",
	.help = "Removes a client for good: its tokens become invalid, and its id is never given "
		"again.",
	.args = &remove_type,
	.positional = client_id_positional,
	.permission = "clients.write",
	.check = remove_check,
	.before = remove_before,
	.apply = remove_apply,
};

/* --- reading --- */

struct client_listing {
	struct arena *arena;
	struct client *v;
	size_t n;
	enum rc rc;
};

static bool list_one(void *data, const struct store_record *record)
{
	struct client_listing *l = data;
	struct str stored;

	if (l->n == CLIENTS_MAX) {
		l->rc = RC_LIMITED;
		return false;
	}
	stored = str_dup(l->arena, record->value);
	l->rc = field_decode(&record_client, l->arena, stored, &l->v[l->n]);
	l->n += l->rc == RC_OK;
	return l->rc == RC_OK;
}

enum rc client_list(struct tx *tx, struct client_list *ret)
{
	struct client_listing l = {.arena = tx->a};
	uint64_t count;
	enum rc rc = store_count(tx->snap, TABLE_CLIENT, &count);

	if (rc != RC_OK)
		return rc;
	if (count > CLIENTS_MAX)
		return RC_LIMITED;
	l.v = arena_array(tx->a, count, struct client);
	rc = store_scan(tx->snap, TABLE_CLIENT, STR_NONE, STR_NONE, false, list_one, &l);
	if (rc != RC_OK || l.rc != RC_OK)
		return rc != RC_OK ? rc : l.rc;
	*ret = (struct client_list){l.v, l.n};
	return RC_OK;
}

enum rc client_show(struct tx *tx, struct str id, struct client *ret)
{
	struct client stored;
	enum rc rc = client_get(tx->snap, tx->a, id, &stored, NULL);

	if (rc == RC_OK)
		*ret = client_own(tx->a, &stored);
	return rc;
}
