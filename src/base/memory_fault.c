/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/memory_fault.h"

#include "base/array.h"
#include "base/last_line.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#define PATH_BYTES 512

static const struct {
	int number;
	const char *name;
} signals[] = {{SIGBUS, "SIGBUS"}, {SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}};

static struct sigaction before[ARRAY_LEN(signals)];
static _Atomic(const struct memory_fault_file *) files[MEMORY_FAULT_FILES_MAX];
static _Thread_local const struct memory_fault_file *reading;
static _Thread_local unsigned depth;

void memory_fault_file_add(const struct memory_fault_file *file)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct memory_fault_file *none = NULL;

		if (atomic_compare_exchange_strong(&files[i], &none, file) || none == file)
			return;
	}
}

void memory_fault_reading(const struct memory_fault_file *file)
{
	reading = file;
	depth++;
}

void memory_fault_read(void)
{
	if (--depth == 0)
		reading = NULL;
}

/* --- the mapping an address is in: /proc/self/maps, read byte by byte without a library --- */

struct maps {
	int fd;
	char bytes[1024];
	size_t at, n;
};

static int maps_byte(struct maps *m)
{
	ssize_t n;

	if (m->at == m->n) {
		n = read(m->fd, m->bytes, sizeof(m->bytes));
		if (n <= 0)
			return -1;
		m->at = 0;
		m->n = (size_t)n;
	}
	return (unsigned char)m->bytes[m->at++];
}

/* A hexadecimal number and the byte behind it. */
static uintptr_t maps_number(struct maps *m, int *ret_end)
{
	uintptr_t n = 0;
	int c;

	for (; (c = maps_byte(m)) >= 0; n = n * 16 + (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10))
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			break;
	*ret_end = c;
	return n;
}

struct mapping {
	uintptr_t start, end, offset;
	char path[PATH_BYTES];
};

/* One line: 7f00-7f10 r--s 00001000 08:01 1234   /path. False at the end. */
static bool maps_line(struct maps *m, struct mapping *ret)
{
	size_t n = 0;
	int c;

	ret->start = maps_number(m, &c);
	ret->end = maps_number(m, &c);
	for (int i = 0; c >= 0 && i < 5; i++) /* the rights and a space */
		c = maps_byte(m);
	ret->offset = c < 0 ? 0 : maps_number(m, &c);
	while (c >= 0 && c != '\n' && c != '/')
		c = maps_byte(m);
	for (bool inside = c == '/'; c >= 0 && c != '\n'; c = maps_byte(m))
		if (inside && n < sizeof(ret->path) - 1)
			ret->path[n++] = (char)c;
	ret->path[n] = '\0';
	return c >= 0;
}

static bool find_mapping(const void *address, struct mapping *ret)
{
	struct maps m = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	uintptr_t a = (uintptr_t)address;
	bool found = false;

	if (m.fd < 0)
		return false;
	while (!found && maps_line(&m, ret))
		found = a >= ret->start && a < ret->end;
	close(m.fd);
	return found;
}

/* --- what is said --- */

struct words {
	char text[PATH_BYTES + 256];
	size_t n;
};

static void words_add(struct words *w, const char *s)
{
	for (; *s && w->n < sizeof(w->text) - 1; s++)
		w->text[w->n++] = *s;
	w->text[w->n] = '\0';
}

static void words_add_hex(struct words *w, uintptr_t n)
{
	char text[2 * sizeof(n) + 1] = {0};
	int at = sizeof(text) - 1;

	do
		text[--at] = "0123456789abcdef"[n % 16];
	while (n /= 16);
	words_add(w, "0x");
	words_add(w, text + at);
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n >= k && memcmp(path + n - k, end, k) == 0;
}

static const struct memory_fault_file *file_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct memory_fault_file *file = atomic_load(&files[i]);

		if (file && ends_with(path, file->name))
			return file;
	}
	return NULL;
}

/* A page of the file cannot be had. */
_Noreturn static void end_by_file(
	const struct memory_fault_file *file, const struct mapping *m, uintptr_t address)
{
	uintptr_t at = address - m->start + m->offset;
	struct words w = {.n = 0};
	struct stat st;
	bool shorter = stat(m->path, &st) == 0 && (uintptr_t)st.st_size <= at;

	words_add(&w, m->path);
	if (shorter)
		words_add(&w, " is shorter than it says, or damaged: nothing is at byte ");
	else
		words_add(
			&w, " cannot be read or written (is the disk full, or failing?) at byte ");
	words_add_hex(&w, at);
	/* A disk that failed for a moment is mended by another start. */
	last_line_end(shorter ? file->code : EXIT_STORE_LOST, w.text);
}

/* A page of the file led somewhere else. */
_Noreturn static void end_by_contents(const struct memory_fault_file *file)
{
	struct words w = {.n = 0};

	words_add(&w, "the file ");
	words_add(&w, file->name + 1);
	words_add(&w, " is damaged: a page of it leads out of the file");
	last_line_end(file->code, w.text);
}

static const void *program_counter(const void *context)
{
	const ucontext_t *c = context;

#if defined(__x86_64__)
	return (const void *)(uintptr_t)c->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (const void *)(uintptr_t)c->uc_mcontext.pc;
#else
	(void)c;
	return NULL;
#endif
}

/* Name and place in its file, for addr2line. */
static void words_add_place(struct words *w, const void *pc)
{
	struct mapping m;

	if (!pc || !find_mapping(pc, &m))
		return;
	words_add(w, " in ");
	words_add(w, m.path[0] ? m.path : "memory without a file");
	words_add(w, " at ");
	words_add_hex(w, (uintptr_t)pc - m.start + m.offset);
}

static void end_by_program(size_t row, const siginfo_t *info, const void *context)
{
	struct words w = {.n = 0};

	words_add(&w, "a fault of the program, ");
	words_add(&w, signals[row].name);
	words_add_place(&w, program_counter(context));
	last_line_write(w.text, 0);
	/* What was there before, mostly nothing: the instruction is tried again and ends the
	 * process. A signal that somebody sent does not come again by itself. */
	sigaction(signals[row].number, &before[row], NULL);
	if (info->si_code <= 0)
		raise(signals[row].number);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	const struct memory_fault_file *file;
	bool sent = info->si_code <= 0;
	struct mapping m;
	size_t row = 0;

	while (row < ARRAY_LEN(signals) - 1 && signals[row].number != number)
		row++;
	if (!sent && find_mapping(info->si_addr, &m) && (file = file_of(m.path)))
		end_by_file(file, &m, (uintptr_t)info->si_addr);
	if (!sent && reading)
		end_by_contents(reading);
	end_by_program(row, info, context);
}

void memory_fault_stack(void *memory)
{
	stack_t stack = {.ss_sp = memory, .ss_size = MEMORY_FAULT_STACK};

	sigaltstack(&stack, NULL);
}

void memory_fault_catch(void)
{
	static _Alignas(16) char stack[MEMORY_FAULT_STACK];
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	memory_fault_stack(stack);
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i].number, &action, &before[i]);
}
