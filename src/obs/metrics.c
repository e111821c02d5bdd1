/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "obs/metrics.h"
#include "base/array.h"

#include <stdatomic.h>

enum metric_kind { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM };

struct metric_row {
	const char *name;
	enum metric_kind kind;
	const char *help;
};

static const struct metric_row rows[METRIC_MAX] = {
#define METRIC(id, metric_name, metric_kind, metric_help)                                          \
	[METRIC_##id] = {.name = metric_name, .kind = KIND_##metric_kind, .help = metric_help},
#include "obs/metrics.def"
#undef METRIC
};

static const char *const kind_names[] = {
	[KIND_COUNTER] = "counter", [KIND_GAUGE] = "gauge", [KIND_HISTOGRAM] = "histogram"};

/* Upper bounds in microseconds; one more bucket takes what is slower. */
static const int64_t bounds[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000,
	200000, 500000, 1000000, 2000000, 5000000, 10000000, 30000000};

#define N_BOUNDS (ARRAY_LEN(bounds))

/* A cache line each, so that threads do not slow one another. */
struct metric_cell {
	_Alignas(64) _Atomic int64_t value; /* of a histogram: observations */
	_Atomic int64_t sum_us;
	_Atomic int64_t buckets[N_BOUNDS];
};

static struct metric_cell cells[METRIC_MAX];

static void bump(_Atomic int64_t *value, int64_t n)
{
	atomic_fetch_add_explicit(value, n, memory_order_relaxed);
}

static int64_t read_value(const _Atomic int64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

void metric_add(enum metric m, int64_t n)
{
	bump(&cells[m].value, n);
}

void metric_set(enum metric m, int64_t value)
{
	atomic_store_explicit(&cells[m].value, value, memory_order_relaxed);
}

void metric_observe_us(enum metric m, int64_t us)
{
	size_t i = 0;

	while (i < N_BOUNDS && us > bounds[i])
		i++;
	if (i < N_BOUNDS)
		bump(&cells[m].buckets[i], 1);
	bump(&cells[m].sum_us, us);
	bump(&cells[m].value, 1);
}

int64_t metric_get(enum metric m)
{
	return read_value(&cells[m].value);
}

static void add_seconds(struct buf *out, int64_t us)
{
	buf_addf(out, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* Buckets are cumulative; the last one is the count, also while others observe. */
static void write_histogram(struct buf *out, const char *name, const struct metric_cell *cell)
{
	int64_t below = 0, count = read_value(&cell->value);

	for (size_t i = 0; i < N_BOUNDS; i++) {
		below += read_value(&cell->buckets[i]);
		buf_addf(out, "%s_bucket{le=\"", name);
		add_seconds(out, bounds[i]);
		buf_addf(out, "\"} %lld\n", (long long)below);
	}
	if (count < below)
		count = below;
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)count);
	buf_addf(out, "%s_sum ", name);
	add_seconds(out, read_value(&cell->sum_us));
	buf_addf(out, "\n%s_count %lld\n", name, (long long)count);
}

void metrics_write(struct buf *out)
{
	for (size_t i = 0; i < METRIC_MAX; i++) {
		const struct metric_row *row = &rows[i];

		buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
			kind_names[row->kind]);
		if (row->kind == KIND_HISTOGRAM)
			write_histogram(out, row->name, &cells[i]);
		else
			buf_addf(
				out, "%s %lld\n", row->name, (long long)metric_get((enum metric)i));
	}
}

const char *metric_name(enum metric m)
{
	return (unsigned)m < METRIC_MAX ? rows[m].name : NULL;
}

const char *metric_help(enum metric m)
{
	return (unsigned)m < METRIC_MAX ? rows[m].help : NULL;
}
