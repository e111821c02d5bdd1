/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asks now and then whether the person has decided, and then goes on; the page works without. */
(function () {
	'use strict';
	var page = document.getElementById('waiting');

	function ask() {
		fetch(page.dataset.status, {cache: 'no-store'}).then(function (r) {
			return r.json();
		}).then(function (answer) {
			if (answer.state === 'waiting')
				setTimeout(ask, 1500);
			else
				location.replace(answer.location || location.href);
		}).catch(function () {
			setTimeout(ask, 5000);
		});
	}
	if (page)
		setTimeout(ask, 1000);
}());
