/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/descriptors.h"

#include "base/exit_code.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void descriptors_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* The lower ones are open, so this is the lowest that is free. */
		if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			_exit(EXIT_FAILED);
	}
}
