/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/methods.h"

#include "factors/password/login_password.h"
#include "factors/otp/otp.h"
#include "federation/thaid/thaid.h"

/* One line a method. */
static const struct auth_method *const known[] = {
	&auth_method_thaid,
	&auth_method_password,
	&auth_method_otp_email,
	&auth_method_otp_sms,
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

bool method_known(struct str name, unsigned can)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (str_eq_c(name, known[i]->name))
			return (known[i]->can & can) == can;
	return false;
}

const char *method_names(unsigned can, char ret[static METHOD_NAMES_MAX])
{
	size_t left = 0, at = 0;

	for (size_t i = 0; i < N_KNOWN; i++)
		left += (known[i]->can & can) == can;
	ret[0] = 0;
	for (size_t i = 0; i < N_KNOWN && at < METHOD_NAMES_MAX; i++) {
		const char *comma = !at ? "" : left == 1 ? " or " : ", ";

		if ((known[i]->can & can) != can)
			continue;
		at += (size_t)snprintf(
			ret + at, METHOD_NAMES_MAX - at, "%s%s", comma, known[i]->name);
		left--;
	}
	return ret;
}
