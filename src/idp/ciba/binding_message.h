/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_BINDING_MESSAGE_H
#define PRATU_IDP_CIBA_BINDING_MESSAGE_H

/*
 * binding_message (CIBA Core 7.1): what a person compares on two devices, and decides by. So it is
 * short, and only of characters that look like what they are: printable ASCII, Thai, Latin letters
 * and a few signs of typography. Controls, line ends, direction marks, characters without width,
 * emoji and other scripts are refused; so are marks without a letter and piles of marks.
 */
#include "base/str.h"

#define BINDING_MESSAGE_MAX 160u /* characters */

/* Pure; any thread. */
bool binding_message_valid(struct str message);

#endif
