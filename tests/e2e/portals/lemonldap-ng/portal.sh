#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# A LemonLDAP::NG of its own in this directory; pratu.sh beside it is what `pratu client add` printed.
# portal.sh ADDRESS PORT
set -eu
here=$PWD
export LLNG_DEFAULTCONFFILE="$here/lemonldap-ng.ini"
mkdir conf sessions cache
cat >lemonldap-ng.ini <<INI
[all]
logLevel = notice
[configuration]
type = File
dirName = $here/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'conf', 'cache_root' => '$here/cache' }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[manager]
protection = none
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/manager/htdocs/templates
languages = en
enabledModules = conf
INI
store="{\"Directory\":\"$here/sessions\",\"LockDirectory\":\"$here/sessions\"}"
cat >conf/lmConf-1.json <<JSON
{"cfgNum": 1, "cfgDate": 1, "portal": "$1/", "domain": "localhost.local", "cookieName": "lemonldap", "securedCookie": 0,
 "locationRules": {"localhost": {"default": "accept"}}, "whatToTrace": "_user",
 "captcha_mail_enabled": 0, "captcha_register_enabled": 0,
 "globalStorage": "Apache::Session::File", "globalStorageOptions": $store,
 "persistentStorage": "Apache::Session::File", "persistentStorageOptions": $store,
 "localSessionStorage": "Cache::FileCache",
 "localSessionStorageOptions": {"namespace": "sessions", "cache_root": "$here/cache"}}
JSON
test "$(id -u)" != 0 || chown -R www-data: .
sh pratu.sh
exec plackup --host localhost --port "$2" /usr/share/lemonldap-ng/portal/htdocs/index.psgi
