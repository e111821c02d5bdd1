/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/program.h"

#include "base/descriptors.h"
#include "base/memory_fault.h"

void program_begin(void)
{
	descriptors_open();
	memory_fault_catch();
}
