/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The connector as sandbox.py drives it: the argument is a configuration file; "begin" answers
 * where the browser goes, "back QUERY" what came of the return.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "base/die.h"
#include "federation/thaid/thaid.h"
#include "base/clock.h"
#include "base/random.h"

#define LINE_BYTES 16384
#define CALLBACK   "http://localhost:9/upstream/thaid/callback"

struct sandbox_peer {
	struct thaid *c;
	struct arena *a;
	struct thaid_trip trip;
	struct str url;
};

static void peer_begin(struct sandbox_peer *p)
{
	arena_reset(p->a);
	thaid_begin(p->c, p->a, &rng_system, STR("S"), STR(CALLBACK), &p->trip, &p->url);
	printf("%.*s\n", STR_FMT(p->url));
}

static void back(struct sandbox_peer *p, struct str query)
{
	static const char *const words[AUTH_REASON_MAX] = {
		[AUTH_REASON_NONE] = "proven",
		[AUTH_CANCELLED] = "cancelled",
		[AUTH_UNAVAILABLE] = "unavailable",
		[AUTH_BUSY] = "busy",
		[AUTH_UNTRUSTED] = "refused",
	};
	struct auth_identity who = {.n_identifiers = 0};
	struct str pid;
	enum auth_reason outcome;
	struct form params;
	const char *why = "-";

	if (form_parse(p->a, query, (struct strlist){NULL, 0}, &params, &why) != RC_OK)
		die("query");
	why = "-";
	outcome = thaid_complete(
		p->c, p->a, clock_now(&clock_system), &params, STR(CALLBACK), &p->trip, &who, &why);
	pid = auth_identity_value(&who, AUTH_CITIZEN_NUMBER);
	printf("%s|%s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s\n", words[outcome], why, STR_FMT(pid),
		STR_FMT(who.title_th), STR_FMT(who.given_th), STR_FMT(who.family_th),
		STR_FMT(who.birthdate), STR_FMT(who.ial));
}

int main(int argc, char **argv)
{
	static char line[LINE_BYTES];
	const struct conf_item table = {.size = sizeof(struct thaid_options),
		.options = thaid_conf_options,
		.n_options = thaid_n_conf_options};
	const struct http_client_options options = {.user_agent = "pratu-test"};
	struct sandbox_peer p = {.a = arena_new(ARENA_MAX_CLI)};
	struct http_client *http;
	struct conf *conf;
	struct buf errors;
	const char *why;

	buf_init(&errors, p.a, 65536);
	if (argc != 2 || conf_load(argv[1], &table, &errors, &conf) != RC_OK)
		die(errors.p);
	if (http_client_new(&options, &http) != RC_OK ||
		thaid_new(conf_values(conf), http, &p.c, &why) != RC_OK)
		die("connector");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "begin"))
			peer_begin(&p);
		else
			back(&p, str_c(line + strlen("back ")));
		fflush(stdout);
	}
	thaid_free(p.c);
	conf_free(conf);
	http_client_free(http);
	arena_free(p.a);
	return 0;
}
