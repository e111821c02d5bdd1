/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_IDS_H
#define PRATU_CORE_IDS_H

/* Sizes of the identifiers that records of all modules name each other by. */
#define ID_SIZE         22 /* characters of an id of ours */
#define OFFICE_CODE_MAX 20 /* bytes, as the other natural keys */
#define SYSTEM_ID_MAX   40
#define ROLE_ID_MAX     40
#define CLIENT_ID_MAX   64
#define USERNAME_MAX    64

#endif
