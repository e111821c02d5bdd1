/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_UNIT_WEB_SAMPLES_H
#define PRATU_TESTS_UNIT_WEB_SAMPLES_H

/* Filled models for golden files and for looking at the pages. */
#include "web/page.h"
#include "base/random.h"

struct page_sample {
	const char *name; /* of the golden file, without language */
	const struct page_type *page;
	const void *model[WEB_LANG_MAX];
	bool no_switch; /* the page answers a POST */
	bool nobody;    /* without support contact and organisation */
	bool signed_in; /* somebody is */
};

/* The rows of a list; one model for both languages. */
#define ROWS(...)                                                                                  \
	{                                                                                          \
		.v = __VA_ARGS__, .n = sizeof(__VA_ARGS__) / sizeof((__VA_ARGS__)[0])              \
	}
#define BOTH(model)                                                                                \
	{                                                                                          \
		&(model), &(model)                                                                 \
	}

/* All of them; NULL at the end. */
const struct page_sample *sample_at(size_t i);
/* Those of the account pages: samples_holder.c. */
extern const struct page_sample samples_holder[];
extern const size_t samples_holder_n;
/* Those of a forgotten password: samples_recovery.c. */
extern const struct page_sample samples_forgot[];
extern const size_t samples_forgot_n;
extern const struct page_sample samples_leave[]; /* samples_leave.c */
extern const size_t samples_leave_n;
extern const struct page_sample samples_ciba[]; /* samples_ciba.c */
extern const size_t samples_ciba_n;
extern const struct page_sample samples_address[]; /* samples_contact.c */
extern const size_t samples_address_n;

extern const struct page_sample samples_outcome[]; /* samples_outcome.c */
extern const size_t samples_outcome_n;

extern const struct web_options samples_options; /* a place with everything set */
extern const struct rng samples_rng;             /* the same bytes each time */

/* The same options with the pages and tabs of all modules. */
struct web_options samples_with_pages(const struct web_options *options);

/* The view a sample is rendered with. */
struct web_view sample_view(const struct page_sample *sample, enum web_lang lang);

#endif
