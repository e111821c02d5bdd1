/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/ping.h"

#include "base/array.h"
#include "base/die.h"
#include "base/ticker.h"
#include "core/ids.h"
#include "directory/directory.h"
#include "net/outgoing.h"
#include "obs/log.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stddef.h>

#define STOP_MS  1000 /* given to calls under way */
#define BODY_MAX 256u
#define AUTH_MAX (CIBA_TOKEN_MAX + 16)

static const int64_t pauses_ms[] = {2000, 10000, 30000}; /* after the first failure, ... */
_Static_assert(ARRAY_LEN(pauses_ms) == CIBA_PING_ATTEMPTS_MAX - 1, "a pause after each but one");

static void put_ping(struct tx *tx, struct str key, const struct ciba_ping *ping, uint64_t version)
{
	record_put(tx->batch, (enum table)TABLE_CIBA_PING, tx->a, key, ping, version);
}

void ciba_ping_add(struct tx *tx, const struct ciba_ref *ref)
{
	const struct ciba_ping ping = {.client = ref->r.client, .due_ms = tx->now_ms};

	if (ref->r.notify.n)
		put_ping(tx, ref->key, &ping, STORE_ANY);
}

/* --- one at a time --- */

struct ciba_pinger {
	const struct app *app;
	struct ticker *tickers[CIBA_PING_SENDERS];
	struct call_end end;
	pthread_mutex_t lock;
	char busy[CIBA_PING_SENDERS][CLIENT_ID_MAX + 1]; /* clients being called; empty: free */
	/* Those that gave no answer last time; the next one takes the place of the oldest. */
	char silent[CIBA_PING_SILENT_MAX][CLIENT_ID_MAX + 1];
	size_t silent_next;
};

/* One that a sender has leased, and where it goes. */
struct ping_job {
	struct ciba_pinger *pinger;
	struct arena *a;
	struct ciba_ping ping;
	struct str key, url, auth_req_id, token;
	uint64_t version;
	int place; /* in busy; -1: none */
	bool found, over;
	enum rc rc;
};

static bool is_busy(const struct ciba_pinger *p, struct str client)
{
	for (int i = 0; i < CIBA_PING_SENDERS; i++)
		if (p->busy[i][0] && str_eq_c(client, p->busy[i]))
			return true;
	return false;
}

/* NULL: it answered last time, or was not called yet. */
static char *silent_find(struct ciba_pinger *p, struct str client)
{
	for (int i = 0; i < CIBA_PING_SILENT_MAX; i++)
		if (p->silent[i][0] && str_eq_c(client, p->silent[i]))
			return p->silent[i];
	return NULL;
}

static void client_write(char ret[CLIENT_ID_MAX + 1], struct str client)
{
	memcpy(ret, client.p, client.n);
	ret[client.n] = '\0';
}

/* However many portals hang, they have half of the senders. */
static bool may_call(struct ciba_pinger *p, struct str client)
{
	int hanging = 0;

	if (is_busy(p, client))
		return false;
	if (!silent_find(p, client))
		return true;
	for (int i = 0; i < CIBA_PING_SENDERS; i++)
		hanging += p->busy[i][0] && silent_find(p, str_c(p->busy[i]));
	return hanging < CIBA_PING_SENDERS / 2;
}

static void note_answer(struct ciba_pinger *p, struct str client, bool answered)
{
	char *silent;

	pthread_mutex_lock(&p->lock);
	silent = silent_find(p, client);
	if (silent && answered)
		silent[0] = '\0';
	if (!silent && !answered)
		client_write(p->silent[p->silent_next++ % CIBA_PING_SILENT_MAX], client);
	pthread_mutex_unlock(&p->lock);
}

/* Takes the client; false: somebody calls it, or it is to wait. */
static bool take_client(struct ciba_pinger *p, struct str client, int *ret_place)
{
	bool taken = false;

	if (!client.n || client.n > CLIENT_ID_MAX)
		return false;
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < CIBA_PING_SENDERS && !taken && may_call(p, client); i++)
		if (!p->busy[i][0]) {
			client_write(p->busy[i], client);
			*ret_place = i;
			taken = true;
		}
	pthread_mutex_unlock(&p->lock);
	return taken;
}

static void leave_client(struct ping_job *job)
{
	pthread_mutex_lock(&job->pinger->lock);
	if (job->place >= 0)
		job->pinger->busy[job->place][0] = '\0';
	pthread_mutex_unlock(&job->pinger->lock);
	job->place = -1;
}

struct ping_scan {
	struct tx *tx;
	struct ping_job *job;
};

static bool look_at_ping(void *data, const struct store_record *record)
{
	struct ping_scan *scan = data;
	struct ping_job *job = scan->job;

	if (field_decode(&record_ciba_ping, scan->tx->a, record->value, &job->ping) != RC_OK)
		return true; /* the check of the store reports it */
	if (job->ping.due_ms > scan->tx->now_ms ||
		!take_client(job->pinger, job->ping.client, &job->place))
		return true;
	job->found = true;
	job->ping.client = str_dup(job->a, job->ping.client);
	job->key = str_dup(job->a, record->key);
	job->version = record->version;
	return false;
}

/* What is sent, while the request is there and its tokens were not issued to a client that polls.
 * RC_NOT_FOUND; RC_CORRUPT. */
static enum rc read_target(struct tx *tx, struct ping_job *job)
{
	struct str content, rest, part;
	struct client client;
	struct ciba_ref ref;
	enum rc rc = ciba_get(tx, job->key, &ref);

	if (rc == RC_OK && ref.r.state == CIBA_USED)
		rc = RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = client_get(tx->snap, tx->a, job->ping.client, &client, NULL);
	if (rc == RC_OK && (client.status != STATUS_ACTIVE || !client.ciba_notification_endpoint.n))
		rc = RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = vault_message_open(tx->app->vault, tx->a, job->key, ref.r.notify, &content);
	if (rc != RC_OK)
		return rc;
	rest = content;
	if (!str_cut(&rest, ' ', &part))
		return RC_CORRUPT;
	job->auth_req_id = str_dup(job->a, part);
	job->token = str_dup(job->a, rest);
	job->url = str_dup(job->a, client.ciba_notification_endpoint);
	return RC_OK;
}

static enum rc lease(struct tx *tx, void *data)
{
	struct ping_job *job = data;
	struct ping_scan scan = {tx, job};
	enum rc rc;

	leave_client(job); /* of an attempt that met another sender */
	job->found = job->over = false;
	rc = store_scan(tx->snap, TABLE_CIBA_PING, STR_NONE, STR_NONE, false, look_at_ping, &scan);
	if (rc != RC_OK || !job->found)
		return rc;
	rc = read_target(tx, job);
	/* One that cannot be read would stand before all others for its whole life. */
	if (rc == RC_CORRUPT)
		log_emit(LOG_EVENT_CIBA_PING_FAILED, LOG_S("client", job->ping.client),
			LOG_I("status", 0), LOG_C("why", "its record cannot be read"),
			LOG_I("attempt", job->ping.attempts));
	if (rc == RC_NOT_FOUND || rc == RC_CORRUPT) {
		job->over = true;
		store_delete(tx->batch, TABLE_CIBA_PING, job->key, job->version);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	job->ping.attempts++;
	job->ping.due_ms = tx->now_ms + CIBA_PING_LEASE;
	put_ping(tx, job->key, &job->ping, job->version);
	return RC_OK;
}

/* --- the call --- */

static enum rc post_ping(struct ping_job *job, int *ret_status, const char **ret_why)
{
	struct buf body, bearer;
	struct json_writer w;
	struct outgoing_request request = {
		.method = "POST",
		.url = job->url,
		.n_headers = 1,
		.content_type = STR("application/json"),
		.end = &job->pinger->end,
	};
	struct outgoing_answer answer = {.status = 0};
	enum rc rc;

	buf_init(&body, job->a, BODY_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "auth_req_id", job->auth_req_id);
	json_write_object_end(&w);
	buf_init(&bearer, job->a, AUTH_MAX);
	buf_add_c(&bearer, "Bearer ");
	buf_add(&bearer, job->token);
	request.headers[0] = (struct http_header){"Authorization", buf_str(&bearer)};
	request.body = buf_str(&body);
	*ret_why = "nothing may be called";
	if (!job->pinger->app->outgoing)
		return RC_UNAVAILABLE;
	rc = outgoing_call(job->pinger->app->outgoing, job->a, &request, &answer, ret_why);
	*ret_status = answer.status;
	return rc;
}

/* Is it worth another attempt? A client that answers has been notified, or does not want it. */
static bool comes_again(enum rc rc, int status)
{
	if (rc != RC_OK)
		return rc == RC_UNAVAILABLE || rc == RC_LIMITED;
	return status >= 500 || status == 408 || status == 429;
}

static enum rc finish(struct tx *tx, void *data)
{
	struct ping_job *job = data;
	struct ciba_ping now;
	uint64_t version;
	enum rc rc =
		record_get(tx->snap, (enum table)TABLE_CIBA_PING, job->key, tx->a, &now, &version);

	if (rc != RC_OK || now.attempts != job->ping.attempts) /* another sender has it by now */
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (job->over) {
		store_delete(tx->batch, TABLE_CIBA_PING, job->key, version);
		return RC_OK;
	}
	now.due_ms = tx->now_ms + pauses_ms[now.attempts - 1];
	put_ping(tx, job->key, &now, version);
	return RC_OK;
}

static void send_ping(struct ping_job *job)
{
	static const struct actor server = {.kind = ACTOR_JOB};
	const char *why = NULL;
	int status = 0;
	enum rc rc = post_ping(job, &status, &why);
	bool good = rc == RC_OK && (status == 200 || status == 204);

	note_answer(job->pinger, job->ping.client, rc != RC_UNAVAILABLE);
	metric_add(good ? METRIC_CIBA_PINGS : METRIC_CIBA_PINGS_FAILED, 1);
	if (!good)
		log_emit(LOG_EVENT_CIBA_PING_FAILED, LOG_S("client", job->ping.client),
			LOG_I("status", status), LOG_C("why", rc == RC_OK ? "answer" : why),
			LOG_I("attempt", job->ping.attempts));
	job->over =
		good || !comes_again(rc, status) || job->ping.attempts >= CIBA_PING_ATTEMPTS_MAX;
	rc = tx_run(job->pinger->app, &server, job->a, finish, job);
	if (rc != RC_OK) /* its lease ends, and it is sent again */
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "ciba_ping"), LOG_RC(rc));
}

bool ciba_ping_next(struct ciba_pinger *p)
{
	static const struct actor server = {.kind = ACTOR_JOB};
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct ping_job job = {.pinger = p, .a = a, .place = -1};
	enum rc rc =
		call_end_known(&p->end) ? RC_UNAVAILABLE : tx_run(p->app, &server, a, lease, &job);

	if (rc == RC_OK && job.found && !job.over)
		send_ping(&job);
	leave_client(&job);
	return rc == RC_OK && job.found;
}

/* --- the threads --- */

struct ciba_pinger *ciba_pinger_new(const struct app *app)
{
	struct ciba_pinger *p = xcalloc(1, sizeof(*p));

	p->app = app;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void ciba_pinger_free(struct ciba_pinger *p)
{
	if (!p)
		return;
	ciba_pinger_stop(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void send_all(void *data)
{
	while (ciba_ping_next(data))
		;
}

void ciba_pinger_start(struct ciba_pinger *p)
{
	for (int i = 0; i < CIBA_PING_SENDERS; i++)
		p->tickers[i] = ticker_start("ciba-ping", CIBA_PING_LOOK, send_all, p);
}

void ciba_pinger_stopping(struct ciba_pinger *p)
{
	call_end_set(&p->end, monotonic_ms() + STOP_MS);
}

void ciba_pinger_stop(struct ciba_pinger *p)
{
	for (int i = 0; i < CIBA_PING_SENDERS; i++) {
		ticker_stop(p->tickers[i]);
		p->tickers[i] = NULL;
	}
}
