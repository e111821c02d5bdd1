/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_KIND_E_FIXTURE_H
#define PRATU_TESTS_FLOW_KIND_E_FIXTURE_H

/*
 * Kind E: floods hurt the flooder. Requests that wait for their turn (core/admission.h), made
 * visible: the work of one method is held, its places are few and its pace is fixed, so that what
 * waits and who is turned away is counted, not timed.
 */
#include "flow/helpers.h"
#include "core/admission.h"

#define HELD_PACE_MS 1000 /* what one request is reckoned to take */

/* Replaces the method's admission: so many places, of them share for one network, and room for so
 * many to wait. Its work waits until held_release. One at a time. */
void held_begin(struct auth_method *m, size_t places, size_t share, size_t room);
/* Lets all work go on, now and later. */
void held_release(void);
/* Puts the method back as it was. Nothing may wait. */
void held_end(void);
/* Returns when so many wait for their turn, and so many have begun their work. */
void held_wait(size_t waiting, int begun);
int held_begun(void);

/* A request under way from an address of 127.0.0.0/8: another /24 is another network. */
struct raw_conn *send_get(struct browser *b, const char *from, struct str target);
/* dest: what a browser says it is for (Sec-Fetch-Dest). */
struct raw_conn *send_get_for(
	struct browser *b, const char *from, struct str target, const char *dest);
struct raw_conn *send_post(struct browser *b, const char *from, struct str target, struct str form);
/* Its answer. */
struct raw_answer answer_to(struct raw_conn *c);

#endif
