/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_REQUESTS_H
#define PRATU_SANDBOX_COMMON_REQUESTS_H

/*
 * What came in on the simulated upstreams, newest last, for tests and people who look: method,
 * path, parameters (secrets masked), how the client authenticated, the answer's status. A ring in
 * memory; any thread.
 */
#include "codec/form.h"
#include "codec/json_writer.h"
#include "base/clock.h"

#define REQUESTS_MAX 400

struct request_entry {
	const char *upstream; /* static: "thaid" */
	const char *method;   /* static */
	struct str path;
	struct str auth; /* "basic:CLIENT", "post:CLIENT", "bearer", "none" */
	const struct form *query, *body;
};

struct requests;

struct requests *requests_new(const struct clock *clock);
void requests_free(struct requests *r);
/* Returns the entry's number, from 1 on, for requests_status. */
int64_t requests_add(struct requests *r, const struct request_entry *entry);
/* The status it was answered with; no effect when the entry has left the ring. */
void requests_status(struct requests *r, int64_t number, int status);
/* One kept entry: its number, time (ms), status (0: not answered yet) and JSON text. */
typedef void (*requests_visit)(
	void *data, int64_t number, int64_t when, int status, struct str json);
/* Visits the entries after `since`, oldest first, under the lock. */
void requests_each(struct requests *r, int64_t since, requests_visit visit, void *data);
/* The newest entry's number; 0 when there was none. */
int64_t requests_last(struct requests *r);
void requests_clear(struct requests *r);

#endif
