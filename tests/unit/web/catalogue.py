# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogues of all modules: both languages complete, every message used, every rule of embed.py at work."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
WEB = ROOT / 'src' / 'web'
EMBED = WEB / 'embed.py'
KEY = re.compile(r'^([^#\s]\S*) = (.*)$', re.M)
THAI = re.compile(r'[\u0e00-\u0e7f]')
# Families of keys that are put together at run time: a word or a value completes them.
FAMILIES = ('restart.', 'problem.', 'notice.', 'wait.', 'scope.', 'claim.', 'method.',
            'factor.', 'detail.', 'requests-notice.', 'rule.', 'change-why.', 'notice-kind.', 'event.',
            'tab.',
            'password-state.', 'address-kind.', 'event-why.', 'way.', 'otp-mail.', 'ial.', 'aal.')
# Texts that are the same or in the other language on purpose.
OTHER_TONGUE = {'nav.other_language', 'profile.thai', 'profile.english', 'method.thaid', 'method.nexus', 'otp-sms.cut',
                'profile.ial_number', 'profile.aal_number'}

results = []


def check(name, faults):
    results.append((name, list(faults)))


def catalogue(lang):
    return dict(pair for file in sorted((ROOT / 'src').rglob(f'pages/{lang}.cat'))
                for pair in KEY.findall(file.read_text(encoding='utf-8')))


def embed_refuses(kind, *folders):
    """embed.py ends with an error for folders of these files, and says where."""
    with tempfile.TemporaryDirectory() as top:
        names = []
        for number, files in enumerate(folders):
            folder = pathlib.Path(top) / f'{number}'
            folder.mkdir()
            names.append(str(folder))
            for name, text in files.items():
                (folder / name).write_text(text, encoding='utf-8')
        run = subprocess.run([sys.executable, '-B', str(EMBED), kind,
                              str(pathlib.Path(top) / 'out.c'), *names],
                             capture_output=True, text=True, check=False)
        return run.returncode != 0 and ('.cat' in run.stderr or '.html' in run.stderr)


ADMIN = 'ผู้ดูแลระบบของหน่วยงาน (SSO admin)'
BUTTONS = {'login.thaid', 'reset.thaid', 'switch.to_thaid'}  # as the ministry's letter orders
FOREIGN = {'oauth_error.next', 'notification.sms'}  # of another system; 70 characters in all
OLD_WORDS = ('ออกจากประตู', 'ผ่านประตู', 'มากเกินไป กรุณา', 'ระบบออกจากระบบ', 'ใช้รายการอื่น',
             'ยังไม่เปลี่ยน', 'กลับโดยไม่', 'แถวแป้นพิมพ์', 'โฟลเดอร์จดหมาย', 'กล่องจดหมายขยะ')
OLD_ENGLISH = ('Sign-in before', 'Safety of your account', 'once more the', 'has run out', 'by password',
               'Close the password', 'a small letter', 'by ThaiD', 'an administrator')


def words_faults(th, en):
    """What the wording table of the pages forbids, in whatever text it comes again."""
    for key, text in th.items():
        if re.search(r'\(SSO admin\)[\u0e01-\u0e5b]', text):
            yield f'{key}: a space behind (SSO admin)'
        if key not in FOREIGN and re.search('ผู้ดูแล(?!ระบบของหน่วยงาน \\(SSO admin\\))', text):
            yield f'{key}: say {ADMIN}'
        if 'ThaiID' in text and key not in BUTTONS:
            yield f'{key}: ThaiD, but on the buttons'
        if re.search('สิทธิ(?!์)', text):
            yield f'{key}: สิทธิ์'
        if key != 'otp-sms.login' and re.search(r'[\u0e01-\u0e5b] \{(portal|site)\}', text):
            yield f'{key}: {{ portal}} sets no space before a Thai name'
        yield from (f'{key}: {word}' for word in OLD_WORDS if word in text)
    for key, text in en.items():
        yield from (f'{key}: {word}' for word in OLD_ENGLISH if word in text)


def main():
    th, en = catalogue('th'), catalogue('en')
    sources = ''.join(p.read_text(encoding='utf-8') for p in sorted((ROOT / 'src').rglob('pages/*'))
                      if p.suffix in ('.html', '.txt'))
    code = ''.join(p.read_text(encoding='utf-8') for p in sorted((ROOT / 'src').rglob('*.c')))
    used = set(re.findall(r'\{\{t:([^\s}]+)', sources)) | set(re.findall(r'"([a-z_.-]+)"', code))

    check('both languages have the same keys', th.keys() ^ en.keys())
    check('every message is used', (k for k in th if k not in used
                                    and not k.startswith(FAMILIES)))
    check('every message of a template exists',
          set(re.findall(r'\{\{t:([^\s}]+)', sources)) - th.keys())
    check('Thai texts are Thai', (k for k, v in th.items()
                                  if not THAI.search(v) and k not in OTHER_TONGUE))
    check('English texts are English', (k for k, v in en.items()
                                        if THAI.search(v) and k not in OTHER_TONGUE))
    rows = [ROOT / 'src/audit/events.def', *sorted((ROOT / 'src').rglob('audit_events.def'))]
    names = dict(re.findall(r'AUDIT\((\w+), "(\w+)"', ''.join(p.read_text() for p in rows)))
    shown = {names[e] for e in re.findall(r'\t\[AUDIT_(\w+)\] = ', (
        ROOT / 'src/core/event.c').read_text())}
    check('the events a person is shown have words, and no others',
          {'event.' + e for e in shown} ^ {'.'.join(k.split('.')[:2]) for k in th
                                             if k.startswith('event.')})
    check('kind H: the words of offices', words_faults(th, en))
    planted = {
        'a missing key': ('a = b\n', 'c = d\n'),
        'a missing key in the second': ('a = b\nc = d\n', 'a = b\n'),
        'other parameters': ('a = {x}\n', 'a = {y}\n'),
        'a key twice': ('a = b\na = c\n', 'a = b\n'),
        'markup': ('a = <b>x\n', 'a = x\n'),
        'half a parameter': ('a = {x\n', 'a = {x\n'),
        'no text': ('a =\n', 'a = x\n'),
        'a bad key': ('a b = x\n', 'a b = x\n'),
    }
    check('embed.py refuses planted faults',
          (name for name, (one, other) in planted.items()
           if not embed_refuses('messages', {'th.cat': one, 'en.cat': other})))
    folder = {'th.cat': 'a = b\n', 'en.cat': 'a = c\n', 'a.html': 'x'}
    check('embed.py refuses what two modules both have',
          (kind for kind in ('messages', 'pages') if not embed_refuses(kind, folder, folder)))
    check('embed.py refuses a module without one language',
          () if embed_refuses('messages', {'th.cat': 'a = b\n'}) else ['th.cat alone'])

    print(f'1..{len(results)}')
    for number, (name, faults) in enumerate(results, 1):
        print(f'{"not ok" if faults else "ok"} {number} - {name}')
        for fault in sorted(faults):
            print(f'# {fault}')
    sys.exit(any(faults for _, faults in results))


if __name__ == '__main__':
    main()
