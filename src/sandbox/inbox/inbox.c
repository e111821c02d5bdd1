/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/inbox/inbox.h"

#include "codec/base64.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CREDIT_START 1000
#define CREDIT_MAX   1000000

static const char *const mail_words[] = {"none", "later", "refuse", "slow", "drop", NULL};
static const char *const sms_words[] = {
	"none", "reject", "no_credit", "slow", "dead", "broken", NULL};

static const struct inbox_settings at_start = {.starttls = true, .credit = CREDIT_START};

struct kept {
	enum inbox_kind kind;
	struct arena *arena; /* of the message */
	struct inbox_message m;
};

struct inbox {
	const struct clock *clock;
	pthread_mutex_t lock;
	struct kept kept[INBOX_MAX];
	int64_t last; /* number; message n is at (n - 1) % INBOX_MAX */
	struct inbox_settings settings;
};

struct inbox *inbox_new(const struct clock *clock)
{
	struct inbox *i = xcalloc(1, sizeof(*i));

	i->clock = clock;
	i->settings = at_start;
	pthread_mutex_init(&i->lock, NULL);
	return i;
}

static void forget(struct kept *k)
{
	arena_free(k->arena);
	*k = (struct kept){.arena = NULL};
}

void inbox_clear(struct inbox *i)
{
	pthread_mutex_lock(&i->lock);
	for (size_t k = 0; k < INBOX_MAX; k++)
		forget(&i->kept[k]);
	i->settings = at_start;
	pthread_mutex_unlock(&i->lock);
}

void inbox_free(struct inbox *i)
{
	inbox_clear(i);
	pthread_mutex_destroy(&i->lock);
	free(i);
}

static struct inbox_message message_copy(struct arena *a, const struct inbox_message *m)
{
	return (struct inbox_message){m->number, m->time_ms, str_dup(a, m->from), str_dup(a, m->to),
		str_dup(a, m->subject), str_dup(a, m->text), str_dup(a, m->via),
		str_dup(a, m->raw)};
}

int64_t inbox_add(struct inbox *i, enum inbox_kind kind, const struct inbox_message *m)
{
	struct kept *k;
	int64_t number;

	pthread_mutex_lock(&i->lock);
	number = ++i->last;
	k = &i->kept[(number - 1) % INBOX_MAX];
	forget(k);
	k->kind = kind;
	k->arena = arena_new(ARENA_MAX);
	k->m = message_copy(k->arena, m);
	k->m.number = number;
	k->m.time_ms = clock_now_ms(i->clock);
	pthread_mutex_unlock(&i->lock);
	return number;
}

void inbox_each(struct inbox *i, struct arena *a, enum inbox_kind kind, int64_t since,
	inbox_each_fn fn, void *data)
{
	struct inbox_message *v = arena_array(a, INBOX_MAX, struct inbox_message);
	size_t n = 0;

	pthread_mutex_lock(&i->lock);
	for (int64_t k = 0; k < INBOX_MAX; k++) {
		const struct kept *kept = &i->kept[(i->last + k) % INBOX_MAX];

		if (kept->arena && kept->kind == kind && kept->m.number > since)
			v[n++] = message_copy(a, &kept->m);
	}
	pthread_mutex_unlock(&i->lock);
	for (size_t k = 0; k < n; k++)
		fn(data, &v[k]);
}

/* ---- mail ---- */

/* Appends the decoded form of "=?UTF-8?B?...?=" words and plain text between them. */
static void decode_words(struct buf *out, struct arena *a, struct str text)
{
	static const struct str begin = STR_INIT("=?UTF-8?B?");

	while (text.n) {
		struct str word, bytes;
		size_t end;

		if (!str_starts(text, begin)) {
			if (text.p[0] != ' ')
				buf_add_byte(out, (unsigned char)text.p[0]);
			text = str_sub(text, 1, text.n);
			continue;
		}
		word = str_sub(text, begin.n, text.n);
		end = str_find(word, '?');
		if (base64_decode(a, str_sub(word, 0, end), &bytes) == RC_OK)
			buf_add(out, bytes);
		text = str_sub(word, end + 2, word.n);
	}
}

/* A header's value with its folded lines joined; empty when absent. */
static struct str header(struct arena *a, struct str head, const char *name)
{
	struct str line, rest = head;
	struct buf out;
	bool inside = false;

	buf_init(&out, a, INBOX_DATA_MAX);
	while (str_cut(&rest, '\n', &line)) {
		size_t colon = str_find(line, ':');

		line = line.n && line.p[line.n - 1] == '\r' ? str_sub(line, 0, line.n - 1) : line;
		if (line.n && (line.p[0] == ' ' || line.p[0] == '\t')) {
			if (inside)
				buf_add(&out, line);
			continue;
		}
		inside = str_ieq(str_sub(line, 0, colon), str_c(name));
		if (inside)
			buf_add(&out, str_trim(str_sub(line, colon + 1, line.n)));
	}
	return buf_str(&out);
}

static struct str without_line_ends(struct arena *a, struct str text)
{
	struct buf out;

	buf_init(&out, a, INBOX_DATA_MAX);
	for (size_t k = 0; k < text.n; k++)
		if (text.p[k] != '\r' && text.p[k] != '\n')
			buf_add_byte(&out, (unsigned char)text.p[k]);
	return buf_str(&out);
}

void inbox_add_mail(struct inbox *i, struct str from, struct str to, struct str raw)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	const char *gap = raw.n ? memmem(raw.p, raw.n, "\r\n\r\n", 4) : NULL;
	size_t at = gap ? (size_t)(gap - raw.p) : raw.n;
	struct str head = str_sub(raw, 0, at), text = str_sub(raw, at + 4, raw.n);
	struct inbox_message m = {.from = from, .to = to, .via = STR("smtp"), .raw = raw};
	struct buf subject;

	buf_init(&subject, a, INBOX_DATA_MAX);
	decode_words(&subject, a, header(a, head, "Subject"));
	m.subject = buf_str(&subject);
	m.text = text;
	if (str_ieq(header(a, head, "Content-Transfer-Encoding"), STR("base64")) &&
		base64_decode(a, without_line_ends(a, text), &text) == RC_OK)
		m.text = text;
	inbox_add(i, INBOX_MAIL, &m);
}

/* ---- settings ---- */

struct inbox_settings inbox_settings(struct inbox *i)
{
	struct inbox_settings s;

	pthread_mutex_lock(&i->lock);
	s = i->settings;
	pthread_mutex_unlock(&i->lock);
	return s;
}

int64_t inbox_spend(struct inbox *i, int64_t credit)
{
	int64_t left;

	pthread_mutex_lock(&i->lock);
	i->settings.credit -= credit < i->settings.credit ? credit : i->settings.credit;
	left = i->settings.credit;
	pthread_mutex_unlock(&i->lock);
	return left;
}

static bool word_of(const struct json_value *v, const char *const *words, int *ret)
{
	struct str s;

	if (!json_value_str(v, &s))
		return false;
	for (int k = 0; words[k]; k++) {
		if (!str_eq_c(s, words[k]))
			continue;
		*ret = k;
		return true;
	}
	return false;
}

static const char *set_mail(struct inbox_settings *s, struct str name, const struct json_value *v)
{
	if (str_eq_c(name, "fault"))
		return word_of(v, mail_words, &s->mail_fault)
			       ? NULL
			       : "fault is none, later, refuse, slow or drop";
	if (str_eq_c(name, "starttls"))
		return json_value_bool(v, &s->starttls) ? NULL : "starttls is true or false";
	return "the settings of mail are fault and starttls";
}

static const char *set_sms(struct inbox_settings *s, struct str name, const struct json_value *v)
{
	if (str_eq_c(name, "fault"))
		return word_of(v, sms_words, &s->sms_fault)
			       ? NULL
			       : "fault is none, reject, no_credit, slow, dead or broken";
	if (str_eq_c(name, "credit") && json_value_i64(v, &s->credit) && s->credit >= 0 &&
		s->credit <= CREDIT_MAX)
		return NULL;
	return "the settings of SMS are fault and credit (0 to 1000000)";
}

enum rc inbox_settings_merge(
	struct inbox *i, enum inbox_kind kind, const struct json_value *in, const char **ret_why)
{
	struct inbox_settings s = inbox_settings(i);
	const struct json_value *v;
	void *iter = NULL;
	struct str name;

	while (json_value_next(in, &iter, &name, &v)) {
		*ret_why = kind == INBOX_MAIL ? set_mail(&s, name, v) : set_sms(&s, name, v);
		if (*ret_why)
			return RC_INVALID;
	}
	pthread_mutex_lock(&i->lock);
	i->settings = s;
	pthread_mutex_unlock(&i->lock);
	return RC_OK;
}

void inbox_settings_write(struct inbox *i, enum inbox_kind kind, struct json_writer *w)
{
	struct inbox_settings s = inbox_settings(i);

	json_write_object(w);
	if (kind == INBOX_MAIL) {
		json_add_str(w, "fault", str_c(mail_words[s.mail_fault]));
		json_add_bool(w, "starttls", s.starttls);
	} else {
		json_add_str(w, "fault", str_c(sms_words[s.sms_fault]));
		json_add_i64(w, "credit", s.credit);
	}
	json_write_object_end(w);
}
