/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/qr.h"

#include <qrencode.h>

static void free_code(QRcode **code)
{
	if (*code)
		QRcode_free(*code);
}

/* One row as runs of dark modules: "M3 0h7v1h-7z". */
static void row_add(struct buf *out, const unsigned char *row, int width, int y)
{
	int x = 0, run;

	while (x < width) {
		for (run = 0; x + run < width && (row[x + run] & 1); run++)
			;
		if (run)
			buf_addf(out, "M%d %dh%dv1h-%dz", x, y, run, run);
		x += run + 1;
	}
}

enum rc qr_path(struct str text, struct buf *out, int64_t *ret_size)
{
	__attribute__((cleanup(free_code))) QRcode *code = NULL;

	if (!text.n)
		return RC_INVALID;
	if (text.n > QR_TEXT_MAX)
		return RC_LIMITED;
	code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
	if (!code)
		return RC_UNAVAILABLE;
	for (int y = 0; y < code->width; y++)
		row_add(out, code->data + (ptrdiff_t)y * code->width, code->width, y);
	*ret_size = code->width;
	return RC_OK;
}

const char *qr_library_version(void)
{
	return QRcode_APIVersionString();
}
