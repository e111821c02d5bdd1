/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/mailbox.h"

#include "codec/base64.h"
#include "base/die.h"
#include "deliver/sender.h"
#include "deliver/outbox.h"
#include "deliver/security_notification.h"

struct mailbox {
	struct fixture *w;
	const struct transport *transports[2];
	struct outbox *outbox;
};

static void never(const struct transport *c, struct arena *a, const struct transport_message *what,
	struct transport_result *ret)
{
	die("mailbox: nothing is sent in these tests");
}

static const struct transport mail = {"mail", MESSAGE_EMAIL, never, 1000};
static const struct transport sms = {"sms", MESSAGE_SMS, never, 1000};

struct mailbox *mailbox_new(struct fixture *w)
{
	struct mailbox *m = calloc(1, sizeof(*m));
	struct outbox_options options = {
		.store = w->p.store,
		.vault = w->p.vault,
		.clock = w->p.clock,
		.rng = w->p.rng,
		.transports = m->transports,
		.n_transports = 2,
		.threads = 1,
		.lease_ms = 1000,
		.retry_first_ms = 1000,
		.waiting_max = 1000,
	};

	m->w = w;
	m->transports[0] = &mail;
	m->transports[1] = &sms;
	check_ok(outbox_new(&options, &m->outbox));
	w->p.outbox = m->outbox;
	return m;
}

void mailbox_free(struct mailbox *m)
{
	m->w->p.outbox = NULL;
	outbox_free(m->outbox);
	free(m);
}

struct mailbox_search {
	struct mailbox *m;
	int kind;      /* or -1 */
	struct str to; /* or empty */
	size_t n;
	struct message_content last;
};

static bool look_at(void *data, struct str id, const struct message *message)
{
	struct mailbox_search *l = data;
	struct fixture *w = l->m->w;
	struct message_content content;
	struct str key, plain;

	if (l->kind >= 0 && message->kind != l->kind)
		return true;
	check_ok(base64url_decode(w->a, id, &key));
	check_ok(vault_message_open(w->p.vault, w->a, key, message->sealed, &plain));
	check_ok(field_decode(&record_message_content, w->a, plain, &content));
	if (l->to.n && !str_eq(content.target, l->to))
		return true;
	/* Of one second the order is by chance: a later second wins, else the one seen last. */
	l->last = content;
	l->n++;
	return true;
}

static struct mailbox_search mailbox_find(struct mailbox *m, int kind, struct str to)
{
	struct mailbox_search l = {m, kind, to, 0, {STR_NONE, STR_NONE, STR_NONE}};
	struct store_snapshot *snap;

	check_ok(store_snapshot_begin(m->w->p.store, &snap));
	check_ok(outbox_each(snap, m->w->a, STR_NONE, look_at, &l));
	store_snapshot_end(snap);
	return l;
}

size_t mailbox_count(struct mailbox *m, enum message_kind kind)
{
	return mailbox_find(m, (int)kind, STR_NONE).n;
}

bool mailbox_has(struct mailbox *m, const char *target)
{
	return mailbox_find(m, -1, str_c(target)).n > 0;
}

struct message_content mailbox_last(struct mailbox *m, const char *target)
{
	struct mailbox_search l = mailbox_find(m, -1, str_c(target));

	assert_true(l.n > 0);
	return l.last;
}

struct str mailbox_link(struct fixture *w, struct str text, const char *path)
{
	struct buf start;
	const char *at;
	size_t n = 0;

	buf_init(&start, w->a, 200);
	buf_addf(&start, "%s%s", ISSUER, path);
	at = memmem(text.p, text.n, buf_str(&start).p, buf_str(&start).n);
	assert_non_null(at);
	at += strlen(ISSUER);
	while (at + n < text.p + text.n && (unsigned char)at[n] > ' ')
		n++;
	return str_dup(w->a, (struct str){at, n});
}
