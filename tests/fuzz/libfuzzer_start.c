/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Linked to every fuzz target: takes chance out of a run, so that its seed alone decides it. */
#include <jansson.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Called by libFuzzer once. Hash tables of jansson then compare the same keys in every run. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}
