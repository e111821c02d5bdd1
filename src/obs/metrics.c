/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "obs/metrics.h"
#include "base/array.h"
#include "base/die.h"

#include <pthread.h>
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
#define METRIC_FAMILY(id, metric_name, metric_kind, label, label2, metric_help)
#include "obs/metrics.def"
#undef METRIC
#undef METRIC_FAMILY
};

static const struct {
	struct metric_row row;
	const char *labels[2]; /* the second may be empty */
} families[FAMILY_MAX] = {
#define METRIC(id, metric_name, metric_kind, metric_help)
#define METRIC_FAMILY(id, metric_name, metric_kind, label, label2, metric_help)                    \
	[FAMILY_##id] = {{.name = metric_name, .kind = KIND_##metric_kind, .help = metric_help},   \
		{label, label2}},
#include "obs/metrics.def"
#undef METRIC
#undef METRIC_FAMILY
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

static void observe(struct metric_cell *cell, int64_t us)
{
	size_t i = 0;

	while (i < N_BOUNDS && us > bounds[i])
		i++;
	if (i < N_BOUNDS)
		bump(&cell->buckets[i], 1);
	bump(&cell->sum_us, us);
	bump(&cell->value, 1);
}

void metric_observe_us(enum metric m, int64_t us)
{
	observe(&cells[m], us);
}

int64_t metric_get(enum metric m)
{
	return read_value(&cells[m].value);
}

static void add_seconds(struct buf *out, int64_t us)
{
	buf_addf(out, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* labels: those of the series, or "". Buckets are cumulative; the last one is the count, also while
 * others observe. */
static void write_histogram(
	struct buf *out, const char *name, const char *labels, const struct metric_cell *cell)
{
	int64_t below = 0, count = read_value(&cell->value);
	const char *comma = labels[0] ? "," : "";

	for (size_t i = 0; i < N_BOUNDS; i++) {
		below += read_value(&cell->buckets[i]);
		buf_addf(out, "%s_bucket{%s%sle=\"", name, labels, comma);
		add_seconds(out, bounds[i]);
		buf_addf(out, "\"} %lld\n", (long long)below);
	}
	if (count < below)
		count = below;
	buf_addf(out, "%s_bucket{%s%sle=\"+Inf\"} %lld\n", name, labels, comma, (long long)count);
	buf_addf(out, "%s_sum", name);
	buf_addf(out, labels[0] ? "{%s} " : "%s ", labels);
	add_seconds(out, read_value(&cell->sum_us));
	buf_addf(out, "\n%s_count", name);
	buf_addf(out, labels[0] ? "{%s} %lld\n" : "%s %lld\n", labels, (long long)count);
}

static void write_head(struct buf *out, const struct metric_row *row)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
		kind_names[row->kind]);
}

/* ---- series ---- */

#define VALUES_MAX 160u /* bytes of the labels and values of a series */

struct metric_series {
	struct metric_cell cell;
	struct metric_series *next; /* of the family, in the order they were made */
	char labels[VALUES_MAX];    /* route="token",status="2xx" */
};

static struct {
	pthread_mutex_t lock;
	struct metric_series *first[FAMILY_MAX], **end[FAMILY_MAX];
	size_t n;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct metric_series not_shown; /* counts what is over METRIC_SERIES_MAX */

static void add_label(struct buf *out, const char *label, const char *value)
{
	buf_addf(out, "%s%s=\"", out->n ? "," : "", label);
	for (; value && *value; value++)
		buf_add_byte(out, *value < 0x20 || *value > 0x7e || *value == '"' || *value == '\\'
					  ? '_'
					  : (unsigned char)*value);
	buf_add_byte(out, '"');
}

/* Under the lock. */
static struct metric_series *series_new(enum metric_family f, const char *labels)
{
	struct metric_series *s;

	if (known.n == METRIC_SERIES_MAX)
		return &not_shown;
	s = memory_wait_for(aligned_alloc(_Alignof(struct metric_series), sizeof(*s)));
	memset(s, 0, sizeof(*s));
	memcpy(s->labels, labels, strlen(labels) + 1);
	*(known.end[f] ? known.end[f] : &known.first[f]) = s;
	known.end[f] = &s->next;
	known.n++;
	return s;
}

struct metric_series *metric_series(enum metric_family f, const char *value, const char *value2)
{
	char labels[VALUES_MAX];
	struct metric_series *s;
	struct buf text;

	buf_init_fixed(&text, labels, sizeof(labels) - 1);
	add_label(&text, families[f].labels[0], value);
	if (families[f].labels[1][0])
		add_label(&text, families[f].labels[1], value2);
	if (buf_status(&text) != RC_OK)
		return &not_shown;
	pthread_mutex_lock(&known.lock);
	s = known.first[f];
	while (s && strcmp(s->labels, labels) != 0)
		s = s->next;
	if (!s)
		s = series_new(f, labels);
	pthread_mutex_unlock(&known.lock);
	return s;
}

void series_add(struct metric_series *s, int64_t n)
{
	bump(&s->cell.value, n);
}

void series_observe_us(struct metric_series *s, int64_t us)
{
	observe(&s->cell, us);
}

int64_t series_get(const struct metric_series *s)
{
	return read_value(&s->cell.value);
}

/* A histogram that nobody has used yet is left out: a route has twenty lines. */
static void write_series(
	struct buf *out, const struct metric_row *row, const struct metric_series *s)
{
	if (row->kind != KIND_HISTOGRAM)
		buf_addf(out, "%s{%s} %lld\n", row->name, s->labels, (long long)series_get(s));
	else if (series_get(s))
		write_histogram(out, row->name, s->labels, &s->cell);
}

static void write_families(struct buf *out)
{
	pthread_mutex_lock(&known.lock);
	for (size_t f = 0; f < FAMILY_MAX; f++) {
		write_head(out, &families[f].row);
		for (const struct metric_series *s = known.first[f]; s; s = s->next)
			write_series(out, &families[f].row, s);
	}
	pthread_mutex_unlock(&known.lock);
}

void metrics_write(struct buf *out)
{
	for (size_t i = 0; i < METRIC_MAX; i++) {
		const struct metric_row *row = &rows[i];

		write_head(out, row);
		if (row->kind == KIND_HISTOGRAM)
			write_histogram(out, row->name, "", &cells[i]);
		else
			buf_addf(
				out, "%s %lld\n", row->name, (long long)metric_get((enum metric)i));
	}
	write_families(out);
}

void metrics_reference(struct buf *out)
{
	buf_add_c(out, "| metric | type | labels | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < METRIC_MAX; i++)
		buf_addf(out, "| `%s` | %s | | %s |\n", rows[i].name, kind_names[rows[i].kind],
			rows[i].help);
	for (size_t f = 0; f < FAMILY_MAX; f++) {
		const char *second = families[f].labels[1];

		buf_addf(out, "| `%s` | %s | `%s`%s%s%s | %s |\n", families[f].row.name,
			kind_names[families[f].row.kind], families[f].labels[0],
			second[0] ? ", `" : "", second, second[0] ? "`" : "", families[f].row.help);
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
