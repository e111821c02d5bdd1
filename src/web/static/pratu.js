/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a script adds to pages that work without it: a form is sent once, an answer to a portal is
 * sent by itself, a waiting page counts down and notices the phone. Old phones run this: ES5. */
(function () {
	'use strict';

	var POLL_MS = 2000;
	var POLL_SLOW_MS = 5000;
	var SLOW_AFTER = 30;
	var WARN_SECONDS = 120;
	var RETRY_SPREAD_MS = 5000;

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

	/* Runs fn(seconds left) every second, at last with 0. */
	function everySecond(seconds, fn) {
		var end = Date.now() + 1000 * seconds;
		var timer;

		function tick() {
			var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));

			if (!left)
				clearInterval(timer);
			fn(left);
		}
		timer = setInterval(tick, 1000);
		tick();
	}

	function clockText(left) {
		return Math.floor(left / 60) + ':' + two(left % 60);
	}

	function countDown(element) {
		everySecond(Number(element.getAttribute('data-countdown')), function (left) {
			if (left)
				element.textContent = clockText(left);
			else if (element.hasAttribute('data-over'))
				element.parentNode.textContent = element.getAttribute('data-over');
		});
	}

	/* A line that says when a button may be pressed: until then it cannot, then the line goes. */
	function opens(line) {
		var button = document.getElementById(line.getAttribute('data-opens'));
		var count = line.querySelector('[data-countdown]');

		if (!button || !count)
			return;
		button.disabled = true;
		everySecond(Number(count.getAttribute('data-countdown')), function (left) {
			if (left)
				return;
			button.disabled = false;
			line.hidden = true;
		});
	}

	/* Too many at once: comes again when it may, not in the same second as the whole office. */
	function retry(link) {
		var seconds = Number(link.getAttribute('data-retry'));

		setTimeout(function () {
			location.replace(link.href);
		}, 1000 * seconds + RETRY_SPREAD_MS * Math.random());
	}

	/* Two minutes before a session ends for want of use: the person may go on (WCAG 2.2.1). */
	function sessionEnd(box) {
		var warning = box.querySelector('[data-session-warning]');
		var count = warning.querySelector('[data-session-count]');
		var button = warning.querySelector('button, a');
		var stay = box.getAttribute('data-stay');
		var started = 0;

		function start(seconds) {
			var mine = ++started;

			warning.hidden = true;
			everySecond(seconds, function (left) {
				if (mine !== started || left > WARN_SECONDS)
					return;
				if (warning.hidden) {
					warning.hidden = false;
					button.focus();
				}
				count.textContent = left ? clockText(left) : count.getAttribute('data-over');
				button.hidden = stay && !left;
			});
		}
		function ended() {
			started++;
			count.textContent = count.getAttribute('data-over');
			button.hidden = true;
		}
		button.addEventListener('click', function () {
			var request = new XMLHttpRequest();

			if (!stay) /* a link: the login begins again */
				return;
			request.open('GET', stay);
			request.setRequestHeader('Accept', 'application/json');
			request.onload = function () {
				var answer = {};

				try {
					answer = JSON.parse(request.responseText);
				} catch (ignored) {
					answer = {};
				}
				if (request.status === 200 && answer.left > 0)
					start(answer.left);
				else
					ended();
			};
			request.send();
		});
		start(Number(box.getAttribute('data-session-left')));
	}

	/* Escape and a press elsewhere close the menu, as menus do. */
	function menu(details) {
		document.addEventListener('click', function (event) {
			if (!details.contains(event.target))
				details.open = false;
		});
		details.addEventListener('keydown', function (event) {
			if (event.key !== 'Escape' || !details.open)
				return;
			details.open = false;
			details.querySelector('summary').focus();
		});
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
	each('[data-opens]', opens);
	each('[data-countdown]', countDown);
	each('[data-retry]', retry);
	each('[data-session-left]', sessionEnd);
	each('[data-who]', menu);
	/* One row of tabs that scrolls on a phone: the current one is seen. */
	each('.tabs [aria-current]', function (tab) {
		var row = tab.parentNode.parentNode;

		row.scrollLeft = tab.offsetLeft + tab.offsetWidth / 2 - row.offsetLeft - row.clientWidth / 2;
	});
	each('[data-error]', function (message) {
		message.focus();
	});
	each('form[data-poll]', poll);
	each('form[data-auto-submit]', function (form) {
		send(form);
	});
}());
