/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a script adds to pages that work without it: a form is sent once, an answer to a portal is
 * sent by itself, a waiting page counts down and notices the phone. Old phones run this: ES5. */
(function () {
	'use strict';

	var POLL_MS = 2000;
	var POLL_SLOW_MS = 5000;
	var SLOW_AFTER = 30;

	function each(selector, fn) {
		Array.prototype.forEach.call(document.querySelectorAll(selector), fn);
	}

	/* A second press on a slow line must not start the same step twice. */
	function sendOnce(form) {
		var sent = false;

		form.addEventListener('submit', function (event) {
			if (sent)
				event.preventDefault();
			sent = true;
			form.setAttribute('aria-busy', 'true');
		});
		/* Back from the cache of the browser: the page may be used again. */
		window.addEventListener('pageshow', function (event) {
			if (!event.persisted)
				return;
			sent = false;
			form.removeAttribute('aria-busy');
		});
	}

	/* Not form.submit: a field of that name would stand in its place. */
	function send(form) {
		HTMLFormElement.prototype.submit.call(form);
	}

	function two(n) {
		return n < 10 ? '0' + n : String(n);
	}

	function countDown(element) {
		var end = Date.now() + 1000 * Number(element.getAttribute('data-countdown'));
		var timer;

		function show() {
			var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));

			element.textContent = left ? Math.floor(left / 60) + ':' + two(left % 60)
				: element.getAttribute('data-over');
			if (!left)
				clearInterval(timer);
		}
		timer = setInterval(show, 1000);
		show();
	}

	/* Asks until the phone has answered, then presses the button for the person. */
	function poll(form) {
		var asked = 0;

		function again() {
			setTimeout(ask, ++asked < SLOW_AFTER ? POLL_MS : POLL_SLOW_MS);
		}
		function ask() {
			var request = new XMLHttpRequest();

			request.open('GET', form.getAttribute('data-poll'));
			request.setRequestHeader('Accept', 'application/json');
			request.timeout = 10000;
			request.onload = function () {
				var answer = {};

				try {
					answer = JSON.parse(request.responseText);
				} catch (ignored) {
					answer = {};
				}
				if (request.status === 200 && answer.done === true)
					send(form);
				else if (request.status !== 404 && request.status !== 410)
					again();
			};
			request.onerror = request.ontimeout = again;
			request.send();
		}
		again();
	}

	/* The person may look at what was typed; without a script the field stays as it is. */
	function reveal(field) {
		var button = document.createElement('button');

		function show(visible) {
			field.type = visible ? 'text' : 'password';
			each('[data-reveal-with=' + field.id + ']', function (other) {
				other.type = field.type;
			});
			button.textContent = field.getAttribute(visible ? 'data-conceal' : 'data-reveal');
		}
		button.type = 'button';
		button.className = 'reveal';
		button.setAttribute('aria-controls', field.id);
		button.addEventListener('click', function () {
			show(field.type === 'password');
			field.focus();
		});
		field.parentNode.insertBefore(button, field.nextSibling);
		field.form.addEventListener('submit', function () {
			show(false);
		});
		show(false);
	}

	each('form', sendOnce);
	each('[data-reveal]', reveal);
	each('[data-countdown]', countDown);
	each('form[data-poll]', poll);
	each('form[data-auto-submit]', function (form) {
		send(form);
	});
}());
