/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/html_context.h"

#include <strings.h>

/* Elements without an end tag (HTML 13.1.2). */
static const char *const void_elements[] = {"area", "base", "br", "col", "embed", "hr", "img",
	"input", "link", "meta", "source", "track", "wbr", NULL};

/* Attributes whose value is an address (HTML, index of attributes; SVG 2). */
static const char *const address_attributes[] = {"action", "background", "cite", "data",
	"formaction", "href", "manifest", "poster", "src", "xlink:href", "data-poll", NULL};

/* Attributes that no template may hold: script, style and documents in disguise. */
static const char *const forbidden_attributes[] = {
	"style", "srcdoc", "srcset", "ping", "http-equiv", NULL};

static const char *const forbidden_elements[] = {
	"style", "base", "object", "embed", "applet", "noscript", "template", NULL};

static bool among(const char *name, const char *const *list)
{
	for (; *list; list++) {
		if (!strcasecmp(name, *list))
			return true;
	}
	return false;
}

static bool space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == ':' || c == '_';
}

static const char *name_add(struct html_context *h, char *name, char c)
{
	if (h->name_n + 1 >= HTML_NAME_MAX)
		return "a name is too long";
	name[h->name_n++] = c;
	name[h->name_n] = '\0';
	return NULL;
}

static void look_for_script(struct html_context *h)
{
	h->in_script = h->depth && !strcasecmp(h->open[h->depth - 1], "script");
}

static const char *open_element(struct html_context *h, bool self_closed)
{
	h->state = HTML_TEXT;
	if (self_closed || among(h->element, void_elements))
		return NULL;
	if (h->depth == HTML_DEPTH_MAX)
		return "too many elements inside each other";
	memcpy(h->open[h->depth++], h->element, HTML_NAME_MAX);
	look_for_script(h);
	return NULL;
}

static const char *close_element(struct html_context *h)
{
	if (!h->depth || strcmp(h->open[h->depth - 1], h->element))
		return "an end tag without its start tag";
	h->depth--;
	h->state = HTML_TEXT;
	look_for_script(h);
	return NULL;
}

static const char *in_text(struct html_context *h, char c)
{
	if (c == '<')
		h->state = HTML_OPENED;
	else if (h->in_script)
		return "a script must be a file of its own";
	return NULL;
}

static const char *in_opened(struct html_context *h, char c)
{
	h->name_n = 0;
	if (c == '/') {
		h->state = HTML_CLOSING;
		return NULL;
	}
	if (c == '!') {
		h->state = HTML_DOCTYPE;
		return NULL;
	}
	if (!name_byte(c))
		return "'<' must be written &lt; here";
	h->state = HTML_ELEMENT;
	return name_add(h, h->element, c);
}

static const char *in_tag(struct html_context *h, char c)
{
	if (space(c))
		return NULL;
	if (c == '>')
		return open_element(h, false);
	if (c == '/') {
		h->state = HTML_SLASH;
		return NULL;
	}
	if (!name_byte(c))
		return "an attribute's name was expected";
	h->state = HTML_ATTRIBUTE;
	h->name_n = 0;
	return name_add(h, h->attribute, c);
}

static const char *in_element(struct html_context *h, char c)
{
	if (name_byte(c))
		return name_add(h, h->element, c);
	if (among(h->element, forbidden_elements))
		return "this element may not stand in a template";
	h->state = HTML_TAG;
	return in_tag(h, c);
}

static const char *in_closing(struct html_context *h, char c)
{
	if (name_byte(c))
		return name_add(h, h->element, c);
	return c == '>' ? close_element(h) : "'>' was expected";
}

static bool is_of_meta(const struct html_context *h, const char *attribute)
{
	return !strcasecmp(h->element, "meta") && !strcasecmp(h->attribute, attribute);
}

static bool value_is(const struct html_context *h, struct str text)
{
	return str_eq((struct str){h->value, h->value_n}, text);
}

static const char *in_attribute(struct html_context *h, char c)
{
	if (name_byte(c))
		return name_add(h, h->attribute, c);
	if (!strncasecmp(h->attribute, "on", 2) ||
		(among(h->attribute, forbidden_attributes) && !is_of_meta(h, "http-equiv")))
		return "this attribute may not stand in a template";
	if (c == '=') {
		h->state = HTML_EQUALS;
		return NULL;
	}
	h->state = HTML_TAG;
	return in_tag(h, c);
}

static const char *in_value(struct html_context *h, char c)
{
	if (c == '"') {
		h->state = HTML_TAG;
		if (is_of_meta(h, "http-equiv") && !value_is(h, STR("refresh")))
			return "a page may refresh; other http-equiv values are headers";
		return NULL;
	}
	if (h->value_url)
		return "nothing may follow an address in its attribute";
	if (h->value_n < sizeof(h->value))
		h->value[h->value_n++] = c;
	h->value_query = h->value_query || c == '?';
	return NULL;
}

const char *html_step(struct html_context *h, char c)
{
	switch (h->state) {
	case HTML_TEXT: return in_text(h, c);
	case HTML_OPENED: return in_opened(h, c);
	case HTML_ELEMENT: return in_element(h, c);
	case HTML_CLOSING: return in_closing(h, c);
	case HTML_TAG: return in_tag(h, c);
	case HTML_ATTRIBUTE: return in_attribute(h, c);
	case HTML_VALUE: return in_value(h, c);
	case HTML_EQUALS:
		if (c != '"')
			return "a value must stand in double quotes";
		h->state = HTML_VALUE;
		h->value_n = 0;
		h->value_url = h->value_query = false;
		return NULL;
	case HTML_SLASH: return c == '>' ? open_element(h, true) : "'>' was expected behind '/'";
	case HTML_DOCTYPE:
		if (c == '-')
			return "comments are written {{! ... }}";
		if (c == '>')
			h->state = HTML_TEXT;
		return NULL;
	}
	return NULL;
}

static bool value_starts(const struct html_context *h, struct str prefix)
{
	return str_starts((struct str){h->value, h->value_n}, prefix);
}

static const char *place_in_address(struct html_context *h, bool is_url, enum escape *ret)
{
	if (is_url) {
		if (h->value_n || h->value_url)
			return "an address must be the whole value";
		h->value_url = true;
		*ret = ESCAPE_URL;
		return NULL;
	}
	if (value_starts(h, STR("mailto:")) || value_starts(h, STR("tel:"))) {
		*ret = value_starts(h, STR("tel:")) ? ESCAPE_PHONE : ESCAPE_MAIL;
		return NULL;
	}
	if (!value_starts(h, STR("/")) || value_starts(h, STR("//")) || !h->value_query)
		return "a text may stand in an address only behind '?', \"mailto:\" or \"tel:\"";
	*ret = ESCAPE_QUERY;
	return NULL;
}

/* <meta http-equiv="refresh" content="0; url={{address}}">: nothing else of a meta element is a
 * value. */
static const char *place_in_refresh(struct html_context *h, bool is_url, enum escape *ret)
{
	if (!is_url || h->value_url || !value_is(h, STR("0; url=")))
		return "in a meta element only an address may stand, behind \"0; url=\"";
	h->value_url = true;
	*ret = ESCAPE_URL;
	return NULL;
}

const char *html_place(struct html_context *h, bool is_url, enum escape *ret)
{
	if (h->state == HTML_TEXT) {
		if (h->in_script)
			return "a script holds no values";
		*ret = ESCAPE_HTML;
		return NULL;
	}
	if (h->state != HTML_VALUE)
		return "a value may stand in text or in a quoted attribute only";
	if (is_of_meta(h, "content"))
		return place_in_refresh(h, is_url, ret);
	if (among(h->attribute, address_attributes))
		return place_in_address(h, is_url, ret);
	*ret = ESCAPE_HTML;
	return NULL;
}

bool html_same_place(const struct html_context *a, const struct html_context *b)
{
	if (a->state != b->state || a->depth != b->depth)
		return false;
	for (size_t i = 0; i < a->depth; i++) {
		if (strcmp(a->open[i], b->open[i]))
			return false;
	}
	if (a->state == HTML_TEXT)
		return true;
	if (a->state == HTML_TAG)
		return !strcmp(a->element, b->element);
	return a->state == HTML_VALUE && !strcmp(a->element, b->element) &&
	       !strcmp(a->attribute, b->attribute) && !among(a->attribute, address_attributes);
}
