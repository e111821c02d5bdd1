/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "obs/log_budget.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. A clock that steps back begins a second, too. */
static int64_t begin_second(struct log_budget *b, int64_t second)
{
	int64_t omitted = b->omitted;

	if (b->second == second)
		return 0;
	*b = (struct log_budget){.second = second};
	return omitted;
}

bool log_budget_take(struct log_budget *b, int64_t second, int64_t *ret_omitted)
{
	bool may;

	pthread_mutex_lock(&lock);
	*ret_omitted = begin_second(b, second);
	may = b->written < LOG_LINES_PER_SECOND;
	b->written += may;
	b->omitted += !may;
	pthread_mutex_unlock(&lock);
	return may;
}

int64_t log_budget_omitted(struct log_budget *b, int64_t second)
{
	int64_t omitted;

	pthread_mutex_lock(&lock);
	omitted = begin_second(b, second);
	pthread_mutex_unlock(&lock);
	return omitted;
}
