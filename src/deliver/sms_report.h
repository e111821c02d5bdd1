/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SMS_REPORT_H
#define PRATU_DELIVER_SMS_REPORT_H

/* The route to which SMS providers send delivery reports: /upstream/sms/PROVIDER/TOKEN. The token
 * is the authentication; an unknown one is answered 404, as any path that is not there. */
#include "http/server.h"

void sms_report_handle(struct http_exchange *x);

#endif
