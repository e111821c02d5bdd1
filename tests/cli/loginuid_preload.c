/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For requests.py: the kernel's note of who logged in (loginuid), as a test says it in
 * PRATU_TEST_LOGINUID. Preloaded before the program; the program itself knows nothing of it. So two
 * people can be played wherever the tests run, also where a login has set the real one for good.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FILE *fopen(const char *path, const char *mode);

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *);
	const char *instead = getenv("PRATU_TEST_LOGINUID");
	void *found = dlsym(RTLD_NEXT, "fopen");

	memcpy(&real, &found, sizeof(real));
	if (instead && strcmp(path, "/proc/self/loginuid") == 0)
		return fmemopen((void *)(size_t)instead, strlen(instead), "r");
	return real(path, mode);
}
