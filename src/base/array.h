/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_ARRAY_H
#define PRATU_BASE_ARRAY_H

/* Number of elements of an array whose size is known here; not for pointers. */
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
