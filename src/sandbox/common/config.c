/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/config.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

#define CLIENT(member) offsetof(struct sandbox_client, member)
static const struct conf_option client_options[] = {
	{"client_id", CONF_STR, CONF_REQUIRED, CLIENT(client_id), .max = 200,
		.help = "The client_id ThaID gave the relying party."},
	{"client_secret", CONF_SECRET_FILE, CONF_REQUIRED, CLIENT(client_secret),
		.help = "File with the client's secret."},
	{"name", CONF_STR, 0, CLIENT(name), "Pratu", .max = 200,
		.help = "The name ThaID shows to the person."},
	{"redirect_uris", CONF_STRLIST, CONF_REQUIRED, CLIENT(redirect_uris), .min = 1, .max = 20,
		.help = "Callback addresses, matched byte for byte."},
	{"scopes", CONF_STRLIST, CONF_REQUIRED, CLIENT(scopes), .min = 1, .max = 40,
		.help = "Scopes granted to the client; asking for another one is invalid_scope."},
	{"api_key", CONF_SECRET_FILE, 0, CLIENT(api_key),
		.help = "File with the key the v1 paths want in the header x-imauth-apikey."},
};
static const struct conf_item client_item = {
	sizeof(struct sandbox_client), client_options, N(client_options)};

#define PERSON(member) offsetof(struct sandbox_person, member)
static const struct conf_option person_options[] = {
	{"pid", CONF_STR, CONF_REQUIRED, PERSON(pid), .min = 13, .max = 13,
		.help = "Citizen number, 13 digits; a wrong check digit is allowed, to test it."},
	{"title", CONF_STR, 0, PERSON(title), "นาย", .max = 100, .help = "Title, Thai."},
	{"given_name", CONF_STR, CONF_REQUIRED, PERSON(given_name), .max = 200,
		.help = "Given name, Thai."},
	{"middle_name", CONF_STR, 0, PERSON(middle_name), .max = 200, .help = "Middle name, Thai."},
	{"family_name", CONF_STR, CONF_REQUIRED, PERSON(family_name), .max = 200,
		.help = "Family name, Thai."},
	{"title_en", CONF_STR, 0, PERSON(title_en), "Mr.", .max = 100, .help = "Title, English."},
	{"given_name_en", CONF_STR, 0, PERSON(given_name_en), .max = 200,
		.help = "Given name, English."},
	{"middle_name_en", CONF_STR, 0, PERSON(middle_name_en), .max = 200,
		.help = "Middle name, English."},
	{"family_name_en", CONF_STR, 0, PERSON(family_name_en), .max = 200,
		.help = "Family name, English."},
	{"birthdate", CONF_STR, 0, PERSON(birthdate), "1980-01-01", .min = 10, .max = 10,
		.help = "YYYY-MM-DD in CE; old cards have 00 for month and day."},
	{"gender", CONF_STR, 0, PERSON(gender), "male", .max = 10, .help = "male or female."},
	{"address", CONF_STR, 0, PERSON(address), .max = 500, .help = "Address in one line."},
	{"smartcard_code", CONF_STR, 0, PERSON(smartcard_code), "ME0000000000", .max = 20,
		.help = "Code on the back of the card."},
	{"date_of_issuance", CONF_STR, 0, PERSON(date_of_issuance), "2022-01-01", .min = 10,
		.max = 10, .help = "YYYY-MM-DD."},
	{"date_of_expiry", CONF_STR, 0, PERSON(date_of_expiry), "2031-12-31", .min = 10, .max = 10,
		.help = "YYYY-MM-DD."},
	{"ial", CONF_STR, 0, PERSON(ial), "2.3", .max = 10, .help = "Identity assurance level."},
	{"note", CONF_STR, 0, PERSON(note), .max = 300,
		.help = "What this person is for in tests."},
};
static const struct conf_item person_item = {
	sizeof(struct sandbox_person), person_options, N(person_options)};

static const char *const look_words[] = {"eplan", "gfmis", "ktb", NULL};
static const char *const check_words[] = {"jwt", "introspection", NULL};

#define PORTAL(member) offsetof(struct sandbox_portal, member)
static const struct conf_option portal_options[] = {
	{"port", CONF_INT, CONF_REQUIRED, PORTAL(port), .min = 1, .max = 65535,
		.help = "Port the portal listens on."},
	{"url", CONF_URL, CONF_REQUIRED, PORTAL(url), .help = "The portal's address in a browser."},
	{"look", CONF_ENUM, CONF_REQUIRED, PORTAL(look), .words = look_words,
		.help = "Which of the three demo systems the portal is."},
	{"check", CONF_ENUM, 0, PORTAL(check), "jwt", .words = check_words,
		.help = "How its own API verifies access tokens."},
	{"client_id", CONF_STR, CONF_REQUIRED, PORTAL(client_id), .max = 200,
		.help = "Its client_id at Pratu."},
	{"client_secret", CONF_SECRET_FILE, CONF_REQUIRED, PORTAL(client_secret),
		.help = "File with its client secret."},
	{"scope", CONF_STR, 0, PORTAL(scope), "openid profile", .max = 500,
		.help = "Scopes it asks for."},
	{"step_up_max_age", CONF_SECONDS, 0, PORTAL(step_up_max_age), "2m", .max = 86400,
		.help = "Maximum age of the login for its sensitive records (RFC 9470)."},
	{"step_up_acr", CONF_STR, 0, PORTAL(step_up_acr), .max = 500,
		.help = "Levels that open its sensitive records, separated by spaces; none: any."},
};
static const struct conf_item portal_item = {
	sizeof(struct sandbox_portal), portal_options, N(portal_options)};

#define SANDBOX(member) offsetof(struct sandbox_config, member)
static const struct conf_option sandbox_options[] = {
	{"listen.address", CONF_STR, 0, SANDBOX(address), "127.0.0.1", .max = 64,
		.help = "Address of the sandbox and its portals. Use a loopback address, "
			"unless a real phone is to scan the code."},
	{"listen.port", CONF_INT, 0, SANDBOX(port), "8090", .min = 1, .max = 65535,
		.help = "Port of ThaID, the phone page and the API."},
	{"url", CONF_URL, 0, SANDBOX(url), "http://localhost:8090",
		.help = "The sandbox's address in a browser; also ThaID's issuer."},
	{"pratu.issuer", CONF_URL, 0, SANDBOX(pratu_issuer), "http://localhost:8080",
		.help = "Issuer at which the demo portals log in."},
	{"thaid.clients", CONF_LIST, CONF_REQUIRED, SANDBOX(clients), .min = 1, .max = 20,
		.item = &client_item, .help = "Relying parties registered at ThaID."},
	{"people", CONF_LIST, CONF_REQUIRED, SANDBOX(people), .min = 1, .max = 1000,
		.item = &person_item, .help = "Test people with a ThaID app on their phone."},
	{"mail.port", CONF_INT, 0, SANDBOX(mail_port), "0", .max = 65535,
		.help = "Port of the simulated mail server; 0: none."},
	{"mail.certificate", CONF_PATH, 0, SANDBOX(mail_certificate), .max = 4096,
		.help = "File to which its certificate is written, which is made at every start, "
			"for the "
			"client's "
			"list of authorities. Without it there is no STARTTLS."},
	{"portals", CONF_LIST, 0, SANDBOX(portals), .max = 10, .item = &portal_item,
		.help = "Demo portals to run; none by default."},
};
const struct conf_item sandbox_config_table = {
	sizeof(struct sandbox_config), sandbox_options, N(sandbox_options)};

const struct sandbox_person *sandbox_person_find(const struct conf_list *people, struct str pid)
{
	const struct sandbox_person *v = people->v;

	for (size_t i = 0; i < people->n; i++)
		if (str_eq(v[i].pid, pid))
			return &v[i];
	return NULL;
}

const struct sandbox_client *sandbox_client_find(
	const struct conf_list *clients, struct str client_id)
{
	const struct sandbox_client *v = clients->v;

	for (size_t i = 0; i < clients->n; i++)
		if (str_eq(v[i].client_id, client_id))
			return &v[i];
	return NULL;
}

static struct str join_name(
	struct arena *a, struct str title, bool space, const struct str *parts, size_t n)
{
	struct buf b;

	buf_init(&b, a, 1024);
	buf_add(&b, title);
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n == 0)
			continue;
		if (i > 0 || (space && title.n > 0))
			buf_add_byte(&b, ' ');
		buf_add(&b, parts[i]);
	}
	return buf_str(&b);
}

struct str sandbox_person_name(struct arena *a, const struct sandbox_person *p)
{
	struct str parts[] = {p->given_name, p->middle_name, p->family_name};

	return join_name(a, p->title, false, parts, N(parts));
}

struct str sandbox_person_name_en(struct arena *a, const struct sandbox_person *p)
{
	struct str parts[] = {p->given_name_en, p->middle_name_en, p->family_name_en};

	return join_name(a, p->title_en, true, parts, N(parts));
}
