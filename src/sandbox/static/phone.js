/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keeps the list of waiting requests fresh without losing what is being typed. */
(function () {
	'use strict';

	function renew() {
		fetch(location.href, {cache: 'no-store'}).then(function (r) {
			return r.text();
		}).then(function (text) {
			var next = new DOMParser().parseFromString(text, 'text/html').getElementById('live');
			var here = document.getElementById('live');

			if (next && here && next.innerHTML !== here.innerHTML)
				here.replaceWith(next);
		}).catch(function () {
		}).finally(function () {
			setTimeout(renew, 2500);
		});
	}
	if (document.getElementById('live') && location.pathname === '/phone')
		setTimeout(renew, 2500);
}());
