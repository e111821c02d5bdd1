/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/claim_names.h"

const struct claim_name claim_names[CLAIM_MAX] = {
	[CLAIM_NAME] = {"name", "profile"},
	[CLAIM_NAME_EN] = {"name#en", "profile"},
	[CLAIM_TITLE] = {"title", "profile"},
	[CLAIM_GIVEN_NAME] = {"given_name", "profile"},
	[CLAIM_GIVEN_NAME_EN] = {"given_name#en", "profile"},
	[CLAIM_FAMILY_NAME] = {"family_name", "profile"},
	[CLAIM_FAMILY_NAME_EN] = {"family_name#en", "profile"},
	[CLAIM_PREFERRED_USERNAME] = {"preferred_username", "profile"},
	[CLAIM_POSITION] = {"position", "profile"},
	[CLAIM_LOCALE] = {"locale", "profile"},
	[CLAIM_UPDATED_AT] = {"updated_at", "profile"},
	[CLAIM_EMAIL] = {"email", "email"},
	[CLAIM_EMAIL_VERIFIED] = {"email_verified", "email"},
	[CLAIM_PHONE_NUMBER] = {"phone_number", "phone"},
	[CLAIM_PHONE_NUMBER_VERIFIED] = {"phone_number_verified", "phone"},
	[CLAIM_PID] = {"pid", "pid"},
};

const struct claim_name *claim_name_find(struct str name)
{
	for (size_t i = 0; i < CLAIM_MAX; i++)
		if (str_eq_c(name, claim_names[i].name))
			return &claim_names[i];
	return NULL;
}
