/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/auth_request.h"

#include "codec/json_value.h"
#include "idp/assurance/verified_claims.h"

/* One claim's request; verified_claims has a form of its own. */
static bool is_claim_valid(struct str name, const struct json_value *request)
{
	const struct json_value *essential = json_value_get(request, "essential");
	const struct json_value *values = json_value_get(request, "values");
	bool is_so;

	if (str_eq_c(name, "verified_claims"))
		return verified_claims_valid(request);
	if (json_value_is_null(request))
		return true;
	return json_value_is_object(request) && (!values || json_value_is_array(values)) &&
	       (!essential || json_value_bool(essential, &is_so));
}

/* A place ("id_token", "userinfo"): an object whose members are null or objects. */
static bool is_place_valid(const struct json_value *place)
{
	void *iter = NULL;
	struct str name;
	const struct json_value *request;

	if (!place || json_value_is_null(place))
		return true;
	if (!json_value_is_object(place))
		return false;
	while (json_value_next(place, &iter, &name, &request))
		if (!is_claim_valid(name, request))
			return false;
	return true;
}

/* The levels of an acr request, voluntary or essential, must be readable: never fewer are met. */
static bool read_acr(struct arena *a, const struct json_value *acr, struct claims_parameter *claims)
{
	const struct json_value *values = json_value_get(acr, "values"),
				*value = json_value_get(acr, "value");
	struct strlist list = {NULL, 0};
	bool essential = false;

	if (value && !json_value_is_string(value))
		return false;
	if (values && !json_value_strlist(a, values, ACR_VALUES_MAX, false, &list))
		return false;
	if (!values && value && !json_value_strlist(a, value, 1, true, &list))
		return false;
	if (json_value_bool(json_value_get(acr, "essential"), &essential) && essential)
		claims->essential_acr = list;
	else
		claims->wished_acr = list;
	return true;
}

enum rc claims_parameter_parse(struct arena *a, struct str text, struct claims_parameter *ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct claims_parameter claims = {.text = text, .parsed = true};
	const struct json_value *id_token;
	struct str subject;

	if (text.n && (json_value_parse(text, CLAIMS_PARAM_MAX, &root) != RC_OK ||
			      !json_value_is_object(root)))
		return RC_INVALID;
	id_token = json_value_get(root, "id_token");
	if (!is_place_valid(id_token) || !is_place_valid(json_value_get(root, "userinfo")))
		return RC_INVALID;
	if (!read_acr(a, json_value_get(id_token, "acr"), &claims))
		return RC_INVALID;
	if (json_value_str(json_value_get(json_value_get(id_token, "sub"), "value"), &subject))
		claims.subject = str_dup(a, subject);
	*ret = claims;
	return RC_OK;
}

enum rc auth_request_complete(struct arena *a, struct auth_request *request)
{
	if (request->claims.parsed)
		return RC_OK;
	/* What is stored was checked before. */
	if (claims_parameter_parse(a, request->claims.text, &request->claims) != RC_OK)
		return RC_CORRUPT;
	return RC_OK;
}
