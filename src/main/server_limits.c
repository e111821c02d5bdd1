/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Limits that do not fit the configuration: found at the start, not on the day of the rush. */
#include "main/serve.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_BESIDE     512 /* descriptors besides connections: database, upstreams, management */
#define CONNECTION_BYTES (64 * 1024) /* memory of a connection that is used, without its body */
#define MEMORY_BESIDE    (INT64_C(64) << 20) /* bytes of everything else */
#define CGROUP_MEMORY    "/sys/fs/cgroup/memory.max"

static void mismatch(const char *option, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void mismatch(const char *option, const char *format, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	log_emit(LOG_EVENT_LIMIT_MISMATCH, LOG_C("option", option), LOG_C("why", why));
}

static void check_files(const struct config_values *v)
{
	rlim_t need = (rlim_t)v->connections + FILES_BESIDE;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= need)
		return;
	files.rlim_cur = files.rlim_max < need ? files.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= need)
		return;
	mismatch("server.connections",
		"%" PRId64 " connections need %" PRIu64 " open files, %" PRIu64
		" are allowed; raise LimitNOFILE of the service",
		v->connections, (uint64_t)need, (uint64_t)files.rlim_cur);
}

/* Bytes of the machine, or of the group of processes where that has fewer. */
static int64_t memory_there(void)
{
	int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	int fd = open(CGROUP_MEMORY, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	uint64_t group;

	if (fd >= 0)
		close(fd);
	/* "max": no limit. */
	if (n > 0 &&
		str_to_u64(str_trim((struct str){.p = text, .n = (size_t)n}), INT64_MAX, &group) &&
		(int64_t)group < bytes)
		return (int64_t)group;
	return bytes;
}

static void check_memory(const struct config_values *v)
{
	int64_t need = v->connections * CONNECTION_BYTES + v->bodies + MEMORY_BESIDE;
	int64_t there = memory_there();

	if (need > there)
		mismatch("server.connections",
			"all connections and server.bodies in use need %" PRId64 " MB, there are "
			"%" PRId64 " MB; lower server.connections or server.bodies",
			need >> 20, there >> 20);
}

static void check_threads(const struct config_values *v)
{
	int64_t processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (v->event_threads > 2 * processors)
		mismatch("server.event_threads",
			"%" PRId64 " event threads share %" PRId64
			" processors; one less than processors is best",
			v->event_threads, processors);
}

void server_limits_check(const struct config_values *v)
{
	check_files(v);
	check_memory(v);
	check_threads(v);
}
