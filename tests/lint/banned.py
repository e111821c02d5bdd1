# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls that must not appear, or only in one place: what base/banned.h cannot say by macro."""

import re
import sys

import lintlib

SEAM = r"src/base/(clock|random)\.c"
NOWHERE = r"(?!)"

# names, where they are allowed, why
RULES = [
    ("strcpy strcat strncpy strncat sprintf vsprintf gets stpcpy strtok strtok_r "
     "atoi atol atoll scanf sscanf fscanf vsscanf alloca tmpnam mktemp tempnam",
     NOWHERE, "cannot be made safe"),
    ("asctime ctime gmtime localtime strerror_l inet_ntoa gethostbyname getservbyname "
     "setlocale rand srand random srandom drand48 lrand48 rand_r",
     NOWHERE, "shares state between threads or is predictable"),
    ("time clock gettimeofday clock_gettime timespec_get ftime times",
     SEAM, "time comes through base/clock.h"),
    ("getrandom getentropy arc4random arc4random_buf RAND_bytes RAND_priv_bytes "
     "randombytes_buf randombytes_random randombytes_uniform RAND_seed",
     SEAM, "random bytes come through base/random.h"),
    ("getenv secure_getenv setenv putenv", r"src/(main|sandbox)/", "no environment below main"),
    ("system popen execlp execvp execv execl", NOWHERE, "no shell, no programs"),
    ("abort exit _exit quick_exit", r"src/(base/(die|last_line|descriptors)\.c|main/|sandbox/)",
     "only main ends the process, or die(), or last_line_end()"),
    ("pthread_create", r"src/base/thread\.c", "threads are started by thread_start()"),
    ("cjose_jws_verify", r"src/jose/", "only behind the front door of src/jose"),
    ("oauth2_jose_jwt_verify oauth2_token_verify oauth2_ropc_exec", r"src/sandbox/",
     "liboauth2 decides no trust in the server"),
    ("oauth2_openidc_handle oauth2_session_load oauth2_session_save", r"src/sandbox/",
     "liboauth2 decides no trust in the server"),
    ("oauth2_parse_form_encoded_params", NOWHERE, "takes duplicates and bad percent signs"),
    ("oauth2_mem_set_alloc_funcs", NOWHERE, "redirects the allocators of every library"),
    ("cjose_set_alloc_funcs json_set_alloc_funcs", r"src/(?:jose/jws|codec/json_value)\.c$",
     "redirects the allocators of every library: once, for commands that wait for memory"),
    ("CJOSE_HDR_ALG_RSA1_5", NOWHERE, "RSA1_5 is never used"),
    ("MHD_create_post_processor", NOWHERE, "bodies are parsed by codec/form.h"),
]


def compiled():
    for names, place, why in RULES:
        words = "|".join(re.escape(n) for n in names.split())
        constants = names.startswith("CJOSE_HDR")
        pattern = r"(?<![\w.>])(%s)\b%s" % (words, "" if constants else r"\s*\(")
        yield re.compile(pattern), re.compile(place), why


def check(root):
    rules = list(compiled())
    found = []
    for rel in lintlib.files(root, {".c", ".h"}, ("src",)):
        code = lintlib.blank_comments(lintlib.read(root, rel))
        for pattern, place, why in rules:
            if place.match(str(rel)):
                continue
            for match in pattern.finditer(code):
                line = lintlib.line_of(code, match.start())
                found.append("%s:%d: %s: %s" % (rel, line, match.group(1), why))
    return found


BAD = {
    "strcpy": ({"src/idp/a.c": "void f(void) { strcpy(a, b); }\n"}, "strcpy"),
    "the clock outside its file": (
        {"src/idp/a.c": "void f(void) { x = time (NULL); }\n"}, "base/"),
    "clock_gettime in the store": (
        {"src/store/a.c": "void f(void) {\n\tclock_gettime(CLOCK_REALTIME, &t);\n}\n"}, "a.c:2"),
    "random bytes outside its file": (
        {"src/jose/a.c": "void f(void) { RAND_bytes(p, n); }\n"}, "random bytes"),
    "getenv in protocol code": ({"src/idp/a.c": "char *h = getenv(x);\n"}, "getenv"),
    "liboauth2 as judge": (
        {"src/federation/rp/rp.c": "bool b = oauth2_jose_jwt_verify(l, c, t);\n"}, "no trust"),
    "RSA1_5": ({"src/jose/jwe.c": "a = CJOSE_HDR_ALG_RSA1_5;\n"}, "never"),
    "a thread without a name": (
        {"src/http/a.c": "void f(void) { pthread_create(&t, NULL, g, d); }\n"}, "thread_start"),
    "exit in a layer": ({"src/http/a.c": "void f(void) { exit(1); }\n"}, "exit"),
}
GOOD = {
    "their files, members, comments and strings": {
        "src/base/clock.c": "void f(void) { clock_gettime(CLOCK_REALTIME, &t); getrandom(p, n, 0); }\n",
        "src/base/die.c": "void die(void) { abort(); }\n",
        "src/idp/a.c": '/* time(NULL) */ void f(void) { c->time(c); c.clock(1); log("exit(1)"); '
                       "expiry_time(1); }\n",
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
