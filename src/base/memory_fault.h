/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_MEMORY_FAULT_H
#define PRATU_BASE_MEMORY_FAULT_H

/*
 * SIGBUS, SIGSEGV, SIGILL, SIGFPE: the process ends with its one last line (base/last_line.h).
 *
 * A file that is mapped and shorter than it says, or on a disk that cannot read it, is SIGBUS; a
 * damaged page that points out of the file is SIGSEGV. Both are faults of the file, which starting
 * again does not mend: who maps a file registers it here, and the process ends with the exit code
 * of that file. Everything else is a fault of the program: after its line it ends by the signal, as
 * without a handler, so that the service manager starts it again (and a sanitizer reports it).
 *
 * The handler runs on a stack of its own in the main thread and in threads of thread_start
 * (base/thread.h), so that a stack that is used up is reported as well.
 */
#include "base/exit_code.h"

#define MEMORY_FAULT_FILES_MAX 4

struct memory_fault_file {
	const char *name; /* the end of the path: "/data.mdb". It must stay. */
	enum exit_code code;
};

/* Catches the signals in all threads. Called by program_begin. */
void memory_fault_catch(void);

/* Files of which a fault of memory is a fault of the file. More than MEMORY_FAULT_FILES_MAX are
 * left out; one that is there already is no second one. */
void memory_fault_file_add(const struct memory_fault_file *file);

/* While this thread follows references inside a registered file: a fault then is the file's,
 * wherever the address is. Nested calls count. */
void memory_fault_reading(const struct memory_fault_file *file);
void memory_fault_read(void);

/* Gives the calling thread its own stack for the handler; memory of MEMORY_FAULT_STACK bytes that
 * stays as long as the thread. */
#define MEMORY_FAULT_STACK 16384u /* bytes */
void memory_fault_stack(void *memory);

#endif
