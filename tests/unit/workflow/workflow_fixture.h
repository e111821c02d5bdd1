/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_UNIT_WORKFLOW_WORKFLOW_FIXTURE_H
#define PRATU_TESTS_UNIT_WORKFLOW_WORKFLOW_FIXTURE_H

/* One office, three administrators, and requests for another SSO administrator of the office. */
#include "directory/directory_fixture.h"
#include "directory/operations/directory_operations.h"
#include "directory/operations/two_person_changes.h"
#include "workflow/workflow.h"

enum step { SUBMIT, APPROVE, REJECT, WITHDRAW, APPLY, EXPIRE, STEP_MAX };

static const char *const administrators[] = {"cli:anan", "cli:boon", "cli:chai"};

/* One unit of work of an administrator. */
struct step_call {
	enum step step;
	struct str id, reason;
	struct problems problems;
	size_t expired;
};

static enum rc step_in_tx(struct tx *tx, void *data)
{
	struct step_call *c = data;
	void *result;

	c->problems.n = 0;
	switch (c->step) {
	case SUBMIT: return request_submit(tx, c->id, &c->problems);
	case APPROVE: return request_approve(tx, c->id, c->reason, &c->problems);
	case REJECT: return request_reject(tx, c->id, c->reason, &c->problems);
	case WITHDRAW: return request_withdraw(tx, c->id, c->reason, &c->problems);
	case APPLY: return request_apply(tx, c->id, &result, &c->problems);
	case EXPIRE: return requests_expire(tx, 10, &c->expired);
	case STEP_MAX: break;
	}
	return RC_INTERNAL;
}

static enum rc take_step(struct rights_fixture *s, struct arena *a, size_t who, enum step step,
	struct str id, struct str reason)
{
	const struct actor actor = {ACTOR_COMMAND, str_c(administrators[who]), STR_NONE, STR_NONE};
	struct step_call call = {.step = step, .id = id, .reason = reason};
	enum rc rc = tx_run(&s->admin.app, &actor, a, step_in_tx, &call);

	return step == EXPIRE && rc == RC_OK && !call.expired ? RC_NOT_FOUND : rc;
}

struct create_call {
	struct request_new what;
	struct str id;
	struct problems problems;
};

static enum rc create_in_tx(struct tx *tx, void *data)
{
	struct create_call *c = data;

	return request_create(tx, &c->what, &c->id, &c->problems);
}

/* Asks for `name` as the administrator of office "o". */
static enum rc ask(struct rights_fixture *s, const char *name, bool draft, struct str *ret_id)
{
	const struct actor actor = {ACTOR_COMMAND, str_c(administrators[0]), STR_NONE, STR_NONE};
	const struct office_set_admin_args args = {.code = STR("o"), .admin_name = str_c(name)};
	struct create_call call = {.what = {.operation = &operation_office_set_admin,
					   .args = &args,
					   .reason = STR("retired"),
					   .lifetime = 100,
					   .draft = draft}};
	enum rc rc = tx_run(&s->admin.app, &actor, s->arena, create_in_tx, &call);

	if (rc == RC_OK)
		*ret_id = str_dup(s->arena, call.id);
	return rc;
}

struct read_call {
	struct str id;
	struct change_request request;
	struct str admin_name;
};

static struct str kept(struct tx *tx, struct str s)
{
	return str_dup(tx->a, s);
}

static enum rc read_in_tx(struct tx *tx, void *data)
{
	struct read_call *c = data;
	struct office o;
	struct str *lines;
	enum rc rc = request_get(tx, c->id, &c->request);

	if (rc == RC_OK)
		rc = office_get(tx->snap, tx->a, STR("o"), &o, NULL);
	if (rc != RC_OK)
		return rc;
	lines = arena_array(tx->a, c->request.history.n + 1, struct str);
	for (size_t i = 0; i < c->request.history.n; i++)
		lines[i] = kept(tx, c->request.history.v[i]);
	c->request.history.v = lines;
	c->request.requester = kept(tx, c->request.requester);
	c->request.approver = kept(tx, c->request.approver);
	c->admin_name = kept(tx, o.admin_name);
	return RC_OK;
}

static struct read_call look(struct rights_fixture *s, struct str id)
{
	struct read_call call = {.id = id};

	assert_int_equal(
		tx_read(&s->admin.app, &s->admin.actor, s->arena, read_in_tx, &call), RC_OK);
	return call;
}

static void seed_office(struct rights_fixture *s)
{
	struct office o = {.code = STR("o"), .name_th = STR("ก"), .admin_name = STR("old")};
	struct store_batch *b = store_batch_new(s->arena);

	s->admin.app.operations = directory_operations;
	office_put(b, s->arena, &o, STORE_ANY);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

#endif
