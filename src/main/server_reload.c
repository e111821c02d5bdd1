/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* SIGHUP: the options marked so come into force while requests run. */
#include "base/arena.h"
#include "idp/oauth/discovery.h"
#include "main/serve.h"
#include "base/clock.h"

#include <inttypes.h>

static void reload_reject(struct str errors)
{
	struct str first = str_sub(errors, 0, str_find(errors, '\n'));

	log_emit(LOG_EVENT_CONFIG_RELOAD_FAILED, LOG_S("why", first));
}

/*
 * Requests under way may hold the settings before and the strings they point to, so every
 * configuration stays until the server ends: a few kilobytes each time.
 */
static void put_in_force(struct server *s, struct config *next)
{
	struct settings *settings = &next->settings;

	/* What needs a new start stays as it was. */
	settings->issuer = s->settings->issuer;
	settings->secure = s->settings->secure;
	log_set_level((enum log_level)next->v->log_level);
	s->settings = settings;
	next->older = s->reloaded;
	s->reloaded = next;
	__atomic_store_n(&s->provider.settings, settings, __ATOMIC_RELEASE);
}

/* What the file says and what a start alone puts into force. */
static void report_waiting(struct server *s, struct arena *a, const struct config *next)
{
	struct buf options;

	buf_init(&options, a, CONFIG_ERRORS_BYTES);
	conf_differing(s->instance.config->conf, next->conf, &options);
	if (options.n)
		log_emit(LOG_EVENT_CONFIG_NEEDS_RESTART, LOG_S("options", buf_str(&options)));
}

void server_reload(struct server *s)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct config *next;
	struct buf errors;
	char state[80];
	enum rc rc;

	/* The manager wants the moment too (sd_notify(3), Type=notify-reload). */
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		monotonic_ms() * 1000);
	notify_manager(state);
	buf_init(&errors, a, CONFIG_ERRORS_BYTES);
	rc = config_load(s->instance.config->path, &errors, &next);
	if (rc == RC_NOT_FOUND)
		reload_reject(STR("the configuration file is gone"));
	else if (rc != RC_OK)
		reload_reject(buf_str(&errors));
	else
		put_in_force(s, next);
	if (rc == RC_OK && discovery_prepare(&s->provider) == RC_OK)
		log_emit(LOG_EVENT_CONFIG_RELOADED);
	if (rc == RC_OK)
		report_waiting(s, a, next);
	notify_manager("READY=1");
}
