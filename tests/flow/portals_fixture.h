/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_PORTALS_FIXTURE_H
#define PRATU_TESTS_FLOW_PORTALS_FIXTURE_H

/* Portals that are notified of logouts, scripted: what each answers, and what it heard. Needs
 * cmocka. */
#include "flow/account_fixture.h"

#include "idp/logout/logout_token.h"
#include "idp/logout/queue.h"

#define HEARD_MAX 4096

struct heard {
	struct str url, token;
};

struct portals_fixture {
	struct account_fixture *h;
	struct fixture *w;
	struct browser *b; /* somchai's */
	struct logout_queue *q;
	pthread_mutex_t lock;
	struct arena *a; /* lock: of what was heard */
	struct heard heard[HEARD_MAX];
	size_t n;         /* lock */
	int status;       /* what portals answer; 0: nothing */
	const char *dead; /* part of an address that hangs; NULL: none does */
	int hang_ms;      /* so long */
	void (*during)(struct portals_fixture *f); /* while a portal is being called; may be NULL */
};

int portals_fixture_set_up(void **state);
int portals_fixture_tear_down(void **state);

/* Another process's queue, which the same portals hear. */
struct logout_queue *logout_queue_like(struct portals_fixture *f);

/* A portal with a back-channel address, https://<id>.portal.test/logout. */
void portal_client(struct fixture *w, const char *id);
/* The same and enters it. */
struct raw_answer enter_portal(struct portals_fixture *f, struct browser *b, const char *id);
/* Notifies all that is due now. */
size_t run_queue(struct portals_fixture *f);
size_t run_by(struct logout_queue *q);
/* How often any portal was notified; a client's portal. */
size_t calls(struct portals_fixture *f);
size_t calls_to(struct portals_fixture *f, const char *id);
/* The member of the token that a portal heard last. */
struct str token_of(struct portals_fixture *f, const char *id);
/* Signs somchai out in this browser by the launcher. */
struct raw_answer sign_out(struct browser *b);
/* A form of an account page. */
struct raw_answer account_form(struct browser *b, const char *page, const char *target,
	const char *name, struct str value);
/* The only waiting or finished delivery of a client. */
struct logout_delivery delivery_of(struct portals_fixture *f, const char *id);

#endif
