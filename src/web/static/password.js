/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a script adds to a new password (pages/new-password.html): the rules tick while it is typed,
 * its strength is told in words, the repetition is compared. Nothing leaves the browser, and the
 * server decides in the end. The prices and rules are those of src/factors/password_guess.c and
 * password_rules.c; a test compares them. Old phones run this: ES5. */
(function () {
	'use strict';

	var WORDS = '@WORDS@';
	var WORD_MIN = 4;
	var WORD_MAX = 24;
	var BYTES_MAX = 128;
	var BITS_MIN = 28;
	var STEPS = [20, BITS_MIN, 40, 55];
	var SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
	var SPECIALS = '~!@#$%^&*()-_=+[]{}|;:,.<>/?"';
	var CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ue000-\uf8ff]/;
	var QUIET_MS = 1200; /* a screen reader is told when the person has stopped typing */

	/* Keys by the Latin layout, with shift, in Thai Kedmanee, in it with shift. */
	var LATIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./";
	var LAYOUTS = [LATIN, '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
		'\u0000\u0e45\u0000\u0000\u0e20\u0e16\u0e38\u0e36\u0e04\u0e15\u0e08\u0e02\u0e0a' +
		'\u0e46\u0e44\u0e33\u0e1e\u0e30\u0e31\u0e35\u0e23\u0e19\u0e22\u0e1a\u0e25\u0e03' +
		'\u0e1f\u0e2b\u0e01\u0e14\u0e40\u0e49\u0e48\u0e32\u0e2a\u0e27\u0e07' +
		'\u0e1c\u0e1b\u0e41\u0e2d\u0e34\u0e37\u0e17\u0e21\u0e43\u0e1d',
		'\u0000\u0000\u0e51\u0e52\u0e53\u0e54\u0e39\u0e3f\u0e55\u0e56\u0e57\u0e58\u0e59' +
		'\u0e50\u0000\u0e0e\u0e11\u0e18\u0e4d\u0e4a\u0e13\u0e2f\u0e0d\u0e10\u0000\u0e05' +
		'\u0e24\u0e06\u0e0f\u0e42\u0e0c\u0e47\u0e4b\u0e29\u0e28\u0e0b\u0000' +
		'\u0000\u0000\u0e09\u0e2e\u0e3a\u0e4c\u0000\u0e12\u0e2c\u0e26'];
	var RUNS = ['`1234567890-=', '01234567890', 'qwertyuiop[]\\', "asdfghjkl;'", 'zxcvbnm,./',
		'abcdefghijklmnopqrstuvwxyz', '1q2w3e4r5t6y7u8i9o0p', 'q1w2e3r4t5y6u7i8o9p0'];
	var COLUMNS = ['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.'];
	var NONE = '\u0000';

	var keys = {};
	var words;

	LAYOUTS.forEach(function (layout) {
		for (var i = 0; i < layout.length; i++)
			if (layout.charAt(i) !== NONE && !keys.hasOwnProperty(layout.charAt(i)))
				keys[layout.charAt(i)] = LATIN.charAt(i);
	});

	function key(character) {
		return keys.hasOwnProperty(character) ? keys[character] : NONE;
	}

	function isAscii(character) {
		return character.length === 1 && character < '\u0080';
	}

	function small(character) {
		return isAscii(character) ? character.toLowerCase() : NONE;
	}

	/* Lower case, Thai letters as their keys; other letters are left out. */
	function fold(text) {
		return text.split('').map(function (c) {
			return isAscii(c) ? c.toLowerCase() : key(c);
		}).join('').split(NONE).join('');
	}

	function listed(word) {
		if (!words) {
			words = {};
			WORDS.split('\n').forEach(function (line) {
				words[fold(line)] = true;
			});
		}
		return word.length >= WORD_MIN && word.length <= WORD_MAX &&
			words.hasOwnProperty(word);
	}

	/* RFC 8265 4.2: other spaces become one, then normal form C, where the browser has it. */
	function normal(text) {
		text = text.replace(SPACES, ' ');
		return text.normalize ? text.normalize('NFC') : text;
	}

	function characters(text) {
		return text.match(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g) || [];
	}

	function byteLength(text) {
		return unescape(encodeURIComponent(text.replace(/[\ud800-\udfff]/g, 'xx'))).length;
	}

	function lookAlike(character) {
		var at = '@4013!5$7+'.indexOf(character);

		return at < 0 ? character : 'aaoieisstt'.charAt(at);
	}

	function forms(text) {
		var raw = characters(text);

		return {
			raw: raw,
			lower: raw.map(small).join(''),
			alike: raw.map(small).map(lookAlike).join(''),
			keys: raw.map(key).join('')
		};
	}

	/* The username and each part of it between marks. */
	function personalWords(name) {
		return [name].concat(name.split(/[\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+/))
			.map(fold).filter(function (word) {
				return word.length >= 3;
			});
	}

	function walks(piece) {
		var turned = piece.split('').reverse().join('');

		function holds(run) {
			return run.indexOf(piece) >= 0 || run.indexOf(turned) >= 0;
		}
		if (piece.length < 3 || piece.length > WORD_MAX || piece.indexOf(NONE) >= 0)
			return false;
		return (piece.length > 3 && RUNS.some(holds)) || COLUMNS.some(holds);
	}

	function repeats(raw, from, n) {
		for (var i = 0; i < n; i++)
			if (from < n || raw[from + i] !== raw[from - n + i])
				return false;
		return true;
	}

	function isYear(piece) {
		var year = /^[0-9]{4}$/.test(piece) ? Number(piece) : 0;

		return (year >= 1900 && year < 2040) || (year >= 2440 && year < 2640);
	}

	/* The price of one part as one piece, in bits; 0: it is none. */
	function price(f, personal, from, n) {
		var lower = f.lower.substr(from, n);
		var alike = f.alike.substr(from, n);
		var typed = f.keys.substr(from, n);
		var own = function (piece) {
			return personal.indexOf(piece) >= 0;
		};

		if (repeats(f.raw, from, n) &&
			(n > 1 || (from >= 2 && repeats(f.raw, from - 1, 1))))
			return 2;
		if (own(lower) || own(alike) || own(typed))
			return 3;
		if (isYear(lower))
			return 7;
		if (walks(typed))
			return 8;
		if (n === 1)
			return /[0-9]/.test(f.raw[from]) ? 3 : isAscii(f.raw[from]) ? 5 : 6;
		return listed(lower) || listed(alike) || listed(typed) ? 10 : 0;
	}

	/* How many guesses it takes, as a power of two: the cheapest way to read it. */
	function bits(text, name) {
		var f = forms(normal(text).substr(0, BYTES_MAX));
		var personal = personalWords(name);
		var best = [0];

		for (var end = 1; end <= f.raw.length; end++) {
			best[end] = Infinity;
			for (var n = 1; n <= end; n++) {
				var more = price(f, personal, end - n, n);

				if (more && best[end - n] + more < best[end])
					best[end] = best[end - n] + more;
			}
		}
		return best[f.raw.length];
	}

	function level(amount) {
		return STEPS.filter(function (step) {
			return amount >= step;
		}).length;
	}

	function has(text, set) {
		return text.split('').some(function (c) {
			return set.indexOf(c) >= 0;
		});
	}

	/* What a browser can see of a rule; the other rules only the server knows. */
	var CHECKS = {
		too_short: function (text, n) {
			return characters(text).length >= n;
		},
		too_long: function (text, n) {
			return characters(text).length <= n && byteLength(text) <= BYTES_MAX;
		},
		no_lower: function (text) {
			return /[a-z]/.test(text);
		},
		no_upper: function (text) {
			return /[A-Z]/.test(text);
		},
		no_digit: function (text) {
			return /[0-9]/.test(text);
		},
		no_special: function (text) {
			return has(text, SPECIALS);
		},
		has_space: function (text) {
			return text.indexOf(' ') < 0;
		},
		bad_character: function (text) {
			return !CONTROLS.test(text);
		}
	};
	/* More typing does not mend these. */
	var FINAL = ['too_long', 'has_space', 'bad_character'];

	/* true and false as the server will say; undefined: the server knows. */
	function meets(rule, text, n) {
		return CHECKS.hasOwnProperty(rule) ? CHECKS[rule](normal(text), n) : undefined;
	}

	if (typeof document === 'undefined') {
		module.exports = {bits: bits, level: level, meets: meets};
		return;
	}

	function each(root, selector, fn) {
		Array.prototype.forEach.call(root.querySelectorAll(selector), fn);
	}

	/* A rule of the list: its mark, and its state in words before it. The function shows them and
	 * gives the rule's sentence when it is not met. Those only the server knows are never met
	 * here; a password that is easy to guess is refused as common, however. */
	function ruleOf(item, list) {
		var before = document.createElement('span');
		var later = document.createElement('span');
		var rule = item.getAttribute('data-rule');
		var n = Number(item.getAttribute('data-n'));
		var text = item.textContent.trim();
		var known = meets(rule, '', n) !== undefined;

		before.className = 'visually-hidden';
		item.insertBefore(before, item.firstChild);
		later.className = 'rule-later';
		later.textContent = known ? '' : ' ' + list.getAttribute('data-later');
		item.appendChild(later);
		return {known: known, show: function (typed, left, amount) {
			var weak = rule === 'common' && amount < BITS_MIN;
			var met = typed !== '' && known && meets(rule, typed, n);
			var unmet = typed !== '' && !met && (known || weak);
			var broken = unmet && (left || FINAL.indexOf(rule) >= 0);

			if (item.hasAttribute('data-quiet'))
				item.hidden = !unmet;
			item.setAttribute('data-state', met ? 'met' : broken ? 'broken' :
				unmet || typed === '' ? '' : 'unknown');
			before.textContent = met ? list.getAttribute('data-met') + ' ' :
				unmet ? list.getAttribute('data-unmet') + ' ' : '';
			return unmet ? text : '';
		}};
	}

	function watch(part) {
		var password = part.querySelector('[name=password]');
		var repeat = part.querySelector('[name=repeat]');
		var name = part.querySelector('[name=username]').value;
		var strength = part.querySelector('[data-strength]');
		var word = part.querySelector('[data-strength-word]');
		var said = part.querySelector('[data-said]');
		var same = document.getElementById(repeat.getAttribute('aria-describedby'));
		var list = part.querySelector('[data-rules]');
		var rules = [];
		var begun = false; /* till then the list shows what the server said */
		var quiet;

		each(list, '[data-rule]', function (item) {
			rules.push(ruleOf(item, list));
		});

		function say(missing) {
			clearTimeout(quiet);
			quiet = setTimeout(function () {
				var text = password.value === '' ? '' :
					said.getAttribute('data-strength-label') + ' ' + word.textContent +
					'. ' + (missing.length ? said.getAttribute('data-left') + ' ' +
						missing.join(', ') : said.getAttribute('data-all'));

				if (said.textContent !== text)
					said.textContent = text;
			}, QUIET_MS);
		}

		function showPassword(left) {
			var typed = password.value;
			var amount = bits(typed, name);
			var blocked = false;
			var missing;

			begun = begun || typed !== '';
			if (!begun)
				return;
			missing = rules.map(function (rule) {
				var text = rule.show(typed, left, amount);

				blocked = blocked || (rule.known && text !== '');
				return text;
			}).filter(Boolean);
			strength.hidden = typed === '';
			strength.setAttribute('data-strength', level(amount));
			word.textContent = word.getAttribute('data-word-' + level(amount));
			list.className = typed === '' ? 'rules' : 'rules rules-live';
			password.setCustomValidity(blocked ?
				part.getAttribute('data-incomplete') : '');
			say(missing);
		}

		/* Not while the repetition may still become the same. */
		function showRepeat(left) {
			var maybe = password.value.indexOf(repeat.value) === 0;
			var equal = repeat.value === password.value;
			var text = repeat.value === '' || (maybe && !equal && !left) ? '' :
				same.getAttribute(equal ? 'data-same' : 'data-differs');

			if (same.textContent !== text)
				same.textContent = text;
			same.className = equal ? 'repeat-said repeat-same' : 'repeat-said';
			repeat.setCustomValidity(repeat.value === '' || equal ? '' :
				part.getAttribute('data-mismatch'));
		}

		function show(event) {
			var left = event.type !== 'input';

			showPassword(left && event.target === password);
			showRepeat(left && event.target === repeat);
		}

		/* Password managers fill fields and tell it late: looked at again at the press of the
		 * button, before the browser asks whether the form is complete. */
		part.addEventListener('input', show);
		part.addEventListener('change', show);
		password.form.addEventListener('click', show);
		showPassword(false);
	}

	each(document, '[data-new-password]', watch);
}());
