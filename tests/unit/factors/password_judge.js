/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The script that judges a new password while it is typed says what the server says: node judge.js
 * password.js JUDGE, where JUDGE is the program of judge.c. Listed passwords, and thousands that
 * are put together from what guessers try, always the same ones. */
'use strict';

const {execFileSync} = require('child_process');
const path = require('path');

const script = require(path.resolve(process.argv[2]));
const USERNAME = 'somchai.j';
const NUMBERS = {too_short: 8, too_long: 20};
const RULES = ['too_short', 'too_long', 'no_lower', 'no_upper', 'no_digit', 'no_special',
	'has_space', 'bad_character'];

const listed = ['', 'a', 'aaaa', 'kT7!vbQe', 'kT7!vbQekT8!wbRexD0z', 'kT7!vbQekT8!wbRexD0zP',
	'KT7!VBQE', 'kt7!vbqe', "kT7'vbQe", 'kT7\\vbQe', 'kT7`vbQe', 'kT7! vbQe', ' kT7!vbQe',
	'kT7!vbQe\u00a0', 'kT7!vbQe\u3000x', 'kT7!vbQe\t', 'kT7!vbQe\ue001', 'kT7!\u{1f600}bQe',
	'kT7!ฟบทษ', 'kT7!ฟบท', 'Password1!', 'P@ssw0rd', 'รหัสผ่าน', 'isylzjko', 'Isylzjko1!',
	'ฟหกดฟหกด', 'Somchai.j1!', 'S0mch@i.j', 'somchai2530', 'qwertyuiop', 'poiuytrewq', '1qaz2wsx',
	'QAZwsx123', 'aaaaaaaaaa', 'abababab', 'abcabcabc', 'Bangkok2567!', '19001901', '24392440',
	'e\u0301e\u0301e\u0301', '\u212a7!vbQex', 'ก'.repeat(42), 'ก'.repeat(43), 'x'.repeat(128),
	'x'.repeat(129), '__proto__', 'constructor', 'hasOwnProperty'];
const pieces = ['password', 'Admin', 'somchai', 'Somchai.j', 'j', 'chiangmai', 'สมชาย', 'รหัส',
	'qwer', 'asdfgh', '4321', '2567', '1985', '2639', '2640', 'ๅ/-ภ', 'ฟหกด', 'aa', 'zz', 'x', 'K', '7',
	'0', '1', '!', '@', '$', '+', '~', '"', '`', ' ', '.', 'é', 'ง', '๑๒๓๔', '\u{1f600}', 'kT7', 'vbQe'];

/* The same numbers every time (a linear congruence). */
let state = 1;
function choose(list) {
	state = (state * 1103515245 + 12345) % 2147483648;
	return list[Math.floor(state / 65536) % list.length];
}

const passwords = listed.slice();
while (passwords.length < 3000) {
	let text = '';
	for (let n = choose([1, 2, 3, 4, 5]); n; n--)
		text += choose(pieces);
	passwords.push(text);
}

const answers = execFileSync(process.argv[3], {input: passwords.join('\n') + '\n',
	encoding: 'utf8'}).split('\n');
const faults = {bits: [], strength: []};
let compared = 0;

RULES.forEach(rule => {
	faults[rule] = [];
});
passwords.forEach((password, at) => {
	const [bits, strength, words] = answers[at].split(' ');
	const broken = words.split(',');
	const over = Buffer.byteLength(password) > 128;

	RULES.filter(rule => !over || rule === 'too_long').forEach(rule => {
		if (script.meets(rule, password, NUMBERS[rule]) === broken.includes(rule))
			faults[rule].push(password);
	});
	if (bits === '-1')
		return;
	compared++;
	const ours = script.bits(password, USERNAME);
	if (ours !== Number(bits))
		faults.bits.push(`${password}: ${ours}, the server says ${bits}`);
	if (script.level(ours) !== Number(strength))
		faults.strength.push(password);
});
faults['what only the server knows'] = ['common', 'personal', 'used_before', 'toString'].filter(
	rule => script.meets(rule, 'kT7!vbQe', 0) !== undefined);
faults['enough were compared'] = compared > 2900 ? [] : [String(compared)];

const names = Object.keys(faults);
console.log(`1..${names.length}`);
names.forEach((name, i) => {
	console.log(`${faults[name].length ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
	faults[name].slice(0, 10).forEach(fault => console.log(`# ${JSON.stringify(fault)}`));
});
process.exit(names.some(name => faults[name].length) ? 1 : 0);
