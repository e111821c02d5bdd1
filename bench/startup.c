/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Milliseconds from the start of a program to the first 200 it answers: printed, then the program
 * is stopped. bench_startup PORT AUTHORITY PATH PROGRAM [ARGUMENTS]. It runs on the processor it is
 * started on and asks again every 100 microseconds; the program is to be given another processor
 * (PROGRAM may be taskset).
 */
#include "base/program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS  100000
#define PATIENCE  60e3 /* ms */
#define ANSWER_OK "HTTP/1.1 200"

static double clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int answers(int port, const char *request)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	char answer[sizeof(ANSWER_OK)] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ok = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return 0;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 &&
		recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 0)
		ok = strcmp(answer, ANSWER_OK) == 0;
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	char request[1024];
	double start, end;
	int status;
	pid_t child;

	program_begin();
	if (argc < 5) {
		fprintf(stderr, "usage: bench_startup PORT AUTHORITY PATH PROGRAM [ARGUMENTS]\n");
		return 2;
	}
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3], argv[2]);
	start = clock_ms();
	child = fork();
	if (child == 0) {
		execvp(argv[4], argv + 4);
		perror(argv[4]);
		_exit(127);
	}
	while (!answers((int)strtol(argv[1], NULL, 10), request) && clock_ms() - start < PATIENCE)
		nanosleep(&pause, NULL);
	end = clock_ms();
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	if (end - start >= PATIENCE || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "bench_startup: the program gave no answer or failed\n");
		return 1;
	}
	printf("%.2f\n", end - start);
	return 0;
}
