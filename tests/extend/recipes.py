# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recipes of docs/extending.md for what a module is grown by: an endpoint, a page, a text, an option, a
table, a field of a record, an operation, an event, a metric, an error. extend.py applies them to its copy
of the tree before it builds, so they cost no build of their own; each edit is what the recipe says."""

import shutil
import urllib.error
import urllib.request

HOURS = "8.30-16.30"


def edit(copy, name, *changes):
    """Each (anchor, what stands in its place), the anchor exactly once."""
    path = copy / name
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError("%s: %d times %r" % (name, text.count(old), old))
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def append(copy, name, text):
    with open(copy / name, "a", encoding="utf-8") as file:
        file.write(text)


def next_tag(text):
    """One more than the last tag of the offices' field table."""
    table = text.split("static const struct field office_fields[] = {")[1].split("\n};")[0]
    return 1 + max(int(line.split(",")[0].strip("\t {")) for line in table.splitlines()
                   if line.startswith("\t{"))


def apply(root, copy):
    here, account = root / "tests/extend/recipes", copy / "src/idp/account"
    for name in ("hours.h", "hours.c"):
        shutil.copy(here / name, account / name)
    # An event, a metric, an error: a row each in the .def of the module, which may be there already.
    for name in ("audit_events.def", "metrics.def", "errors.def"):
        text = (here / name).read_text(encoding="utf-8")
        append(copy, "src/idp/account/" + name,
               text.split("\n", 1)[1] if (account / name).exists() else text)
    shutil.copy(here / "pages/hours.html", account / "pages/hours.html")
    # An endpoint: the file in meson.build, one row; a page, an operation, a table, an option: their rows.
    edit(copy, "src/idp/meson.build",
         ("    'account/activity.c',\n", "    'account/activity.c',\n    'account/hours.c',\n"))
    row = ("\t{\n\t\t.path = \"%s\",\n\t\t.methods = HTTP_ON(HTTP_GET),\n\t\t.flags = %s,\n"
           "\t\t.guard = GUARD_PUBLIC,\n\t\t.run = %s,\n\t\t.name = \"%s\",\n"
           "\t\t.help = \"the hours of an office\",\n\t},\n")
    edit(copy, "src/idp/account/module.c",
         ('#include "idp/account/contact.h"\n', '#include "idp/account/contact.h"\n#include "idp/account/hours.h"\n'),
         ("\t{.path = NULL},\n", row % ("/hours", "HTTP_CORS", "hours_run", "hours")
          + row % ("/hours/page", "HTTP_PAGE", "hours_page_run", "hours_page") + "\t{.path = NULL},\n"),
         ("\t&web_page_apps,\n", "\t&web_page_apps,\n\t&web_page_hours,\n"),
         ("const struct module module_account = {\n",
          "static const struct operation *const operations[] = {&operation_hours_set, NULL};\n\n"
          "const struct module module_account = {\n"
          "\t.operations = operations,\n\t.tables = hours_tables,\n\t.options = hours_options,\n"
          "\t.settings_size = sizeof(struct hours_settings),\n"))
    # A text, in both languages.
    append(copy, "src/idp/account/pages/th.cat",
           "hours.title = เวลาทำการ\nhours.open = เปิด {hours} น.\nhours.unknown = ไม่มีข้อมูล\n")
    append(copy, "src/idp/account/pages/en.cat",
           "hours.title = Opening hours\nhours.open = open {hours}\nhours.unknown = not known\n")
    # A field of a record: the member, and the row with the next tag.
    edit(copy, "src/directory/records.h",
         ("struct office {\n", "struct office {\n\tstruct str hours; /* when it is open */\n"))
    records = (copy / "src/directory/records.c").read_text(encoding="utf-8")
    edit(copy, "src/directory/records.c",
         ("};\nconst struct record_type record_office",
          "\t{%d, \"hours\", FIELD_STR, 0, offsetof(struct office, hours), 60, NULL, \"when it is open\"},\n"
          "};\nconst struct record_type record_office" % next_tag(records)))


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def walk_commands(check, site, office):
    wrong = site.run("hours", "set", "nowhere", HOURS)
    check("recipes: the operation names its problem", wrong.returncode != 0 and "is no office" in wrong.stderr, wrong)
    long = site.run("hours", "set", office, "x" * 61)
    check("recipes: its limit holds", long.returncode != 0, long)
    site.good("hours", "set", office, HOURS)
    again = site.run("hours", "set", office, HOURS)
    check("recipes: twice changes nothing", "already" in again.stdout + again.stderr, again)
    check("recipes: the field is shown", HOURS in site.good("office", "show", office))
    check("recipes: the event is in the trail", '"office_hours_set"' in site.good("audit", "list"))
    old = site.good("office", "list")
    check("recipes: records without the field are read", office in old, old)


def walk_pages(check, server, office, metrics):
    check("recipes: the endpoint answers", get(server.url + "/hours?office=" + office) == (
        200, '{"hours":"%s","asked":1}' % HOURS))
    check("recipes: its table counts", '"asked":2' in get(server.url + "/hours?office=" + office)[1])
    status, body = get(server.url + "/hours?office=nowhere")
    check("recipes: the error is the one of the row", status == 404 and "There is no such office." in body, body)
    status, page = get(server.url + "/hours/page?office=" + office)
    check("recipes: the page in Thai", status == 200 and "เปิด %s น." % HOURS in page
          and 'data-page="hours"' in page, page)
    check("recipes: the metric counts", "pratu_hours_asked_total 2" in metrics(), metrics())


DOCUMENTED = ("`/hours`", "hours.shown", "pratu hours set", "office_hours_set", "pratu_hours_asked_total",
              "HOURS_UNKNOWN")
