/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_HOLDER_H
#define PRATU_WEB_PAGES_HOLDER_H

/* Models of the pages on which a person sees and changes what is theirs: see web/pages.h. */
#include "web/pages_problem.h"

struct web_holding {
	struct str username, position, office;
	bool suspended;
};

struct web_way {
	struct str name;  /* connector or factor, shown in words: method.<name> */
	int64_t accounts; /* that it is open for; 0: not told */
};

/* /account: who the person is here, and how safe the account is. */
struct web_profile {
	struct str name_th, name_en;
	struct str citizen; /* masked */
	struct str ial;     /* proven so far */
	int64_t ial_time;
	struct {
		const struct web_holding *v;
		size_t n;
	} accounts;
	struct {
		const struct web_contact *v;
		size_t n;
	} contacts; /* who changes what stands in the register */
	struct {
		const struct web_way *v;
		size_t n;
	} ways;
	struct str email, mobile; /* masked */
	bool email_verified, mobile_verified;
	int64_t login_time; /* of this session */
	struct str login_method, login_device, login_address;
	struct str aal; /* reached by it */
};

#endif
