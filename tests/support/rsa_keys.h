/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_RSA_KEYS_H
#define PRATU_TESTS_RSA_KEYS_H

/*
 * Two RSA keys of 2048 bits for tests, known to everybody: to find the primes of one takes valgrind
 * five seconds. jwk_generate() is still tested with keys of its own (tests/unit/jose/jwk.c).
 */
static const char *const rsa_keys_pem[2] = {
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIIEogIBAAKCAQEAmydY+a5PRrYTWfrttqMsCb5Oa4nJcNjF70G3Koe1g5E5dJCT\n"
	"6z4yU2nobaNTdZxuQQIR/eZoKFmGF8qyeubQIMslq0taORaDzkZV+lUJsMAV2i3p\n"
	"fYj2pklz1wvMjXTFCYKFdV5mBjslB5kg0H5nRZwJUdcWdM+wafeeUR2nhW5o2FEF\n"
	"oqy30IvByam/QsVvmsqvfYKJSZ5gKSzHqThiJmaAt69hogJdqC4B2DXJs39Gvdsu\n"
	"MrXBMl/qF0nYwv2DUf8UU/qKaOZKyffmEUVLxwM4lcfenOZ9I9uvKs6LoiRyxCZ5\n"
	"3c+ImHRgfNs2X1FQ95M4ezPKbA+/aIMwQDSfrwIDAQABAoIBACDBcdtknYAEOJmq\n"
	"jD0evdFgyBWUBV85pLAaY50rAXtBUav2SgREIUPS/CsJbDlMSUqYMUw1NJAwNksX\n"
	"lA62ZAJIYS+EvQuIYVNPLh+njGAwbWyefMjv/YKlxzsDVrAWkvKrB5n7z/ZIzkyI\n"
	"W5Eo3oynoKASlL8cidYVXOsrI47bqEJDO1p5qq3z2Zh47c8yf1QJA2YpiRnh/WyT\n"
	"tbd6tsvRBx83ZfYwp3cfkQDqSVJ+lniqXDI1Ed6D2ZcLMWLuqNpiX+5D6BgaJV2g\n"
	"WZe1W9NAsAJx3PW7xlSvF9efZzC3gmh3l78nRk5OZC/vNM2SutBK8KBBF0rXDypY\n"
	"QLYXMuECgYEAy/7x56s7RES3bpbuJ4MPOSL7uDfiYWklmGXeKwnKCiPFMuw5+bLP\n"
	"3+05Qrdk7HRxSLuUNYHuSwPzxm5yXa2cMas0EVW0p+OI7GESMKix9CChKf3uJ65U\n"
	"RRKXIvxTtM4ni+PS0LrvaMMeDllW9rCXrJ5IFLKH/ZMHvkF8ky4cOZUCgYEAwrTk\n"
	"5Z0O7ENmppnuBncaOjIVutI6HB67Gx/fVSTv0aK3c9TPrRqqpwgqjKUCtJm35qK3\n"
	"FJTtk0ZequVeBdAINxAMnZaDo6+7HLF4HVE1NePgLvOWhlCe354CE7eiTvGdqtrQ\n"
	"JCnsrdQ20g8G77zLsXd1AykS+nBpcDcYw3A8yzMCgYA/Yvyvy9kioWeOCX/+7w5v\n"
	"5pro5xSEyDNSY3ThUq1g8TR5WkW5fQJyxjegr3PAtX3t57tp1PHChXveELuguC1s\n"
	"kZIgQM1dzaniKVeJnyGMhgcOEUVLNzQgMmKcEGPCLrzDDwuWqD90Agz40HHhPYYj\n"
	"sRscs0zmUiV5zMd0xEMo8QKBgGaSX2drBvqGQ2SPAOrdAa8YxYPGziAUPGN8te2n\n"
	"6MLaYqSdvs4llzMpRSkUoMk9lbjljWdFUabdUm/bJ14OitVfGhZGvZCUuhDSmUFw\n"
	"j4SVSHvTjT+y5w9MsTFr8xB9jp78aNw0TeABROQCUJgpMHGMSdNhZwMSBym7jMsg\n"
	"rJYrAoGAZEZWb5XBvbzUagip5UFqouNu11bkHlSdVOzTolJ5KyfQurzmkgyFcNaX\n"
	"Lb8QCfH+wIzY8PMPwWN3AZaFNd5WtCDNcJU7IlBesLenmjrMYr1clFiwpp+S3H2j\n"
	"i8wO5hD3ldhyugzD0/cyXme9Er/5ei6D+CbiCKb+4TXdD8ErWUo=\n"
	"-----END RSA PRIVATE KEY-----\n",
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIIEpQIBAAKCAQEAsLBEONxNfoIa3FHkpgwMrfos6/njGq6UrQ+uSm63Q/nGzVQB\n"
	"IwizencpL/DzbFgjmlYopGCtm4QR7wwtvjfIG9u83OXK+PthqBepbGQAUsjRplDN\n"
	"Fs3aiJRsYILSuGAOKGHsLlYjI0qwZTXS/NipyCPs3qgB4SC2Q7RxrGPHjW7yJQNo\n"
	"GXMw2S1Xua6cPDhy/VzD//gN9ZKslOAqTyXQKERojH/Y4a+n6ElfOsgKSZrnrZYw\n"
	"5QI5NaXaVQ+80c4c4QkbS9xxHB7Tvmn8rMBH9WWPwp3I4dUPDB67N03sDvd9OFrQ\n"
	"hls1xj1TN49ZnO/HLGl6DM1nkIMz7e1het5OXwIDAQABAoIBAEor3J+//3oNdOgr\n"
	"KqB363S3UldHQcpoIjqaHBDb9GwBNS7pxkZmNy3ASxZ4gD9pqpx18b67ZPWlVf/z\n"
	"LVquQP9M2bYjcvbdVEwDjthVDHu0GKpIPigGB2iRYgOLt5i1ngveu45iE4MTrgP2\n"
	"udjxvSgqyJtZjNxsZob6f0OeaV1Z0oiwhPpfx0UN6mJ2RNZpjJJBGzjavtXF2MKV\n"
	"/UXEugZrMYJATWxhqPtJ+8ghIVmLCgQlEjqU5AUaTkr3C37TtvmyGhazw1+wJEIU\n"
	"jJ6m1HwyJpyGIs2h8cWhW2fnrErqKBtBHhi0AdutvguiQNPWwHGIPKznmwntwv/h\n"
	"7cu6Vw0CgYEA93QNcRSKyproVIA+Bz+6feHV0zCH9i1styz6mqVRtrB3/HhuruK/\n"
	"aW+6C1ePl8bBw3/fgmD3lGdY5Nng8iYNxHSDDWVsIZbIqJXi5g8JH1LUdCJbJnd3\n"
	"5lnX5o8dSfcuYI4mT27huI47C8p3Q5odVO129N+aVdRUGWyJX7c/7jUCgYEAtsqF\n"
	"jUkBakKOu82vI1cX2NSy7TNDrDo+BrWhSk4ACmIEhh6XzdN94AYM58T4WUAj6HXy\n"
	"9RIvyzjxyZv6/9LKE2mpXWkGTOlD1nz89ckUAmeE+JhPtIe7xAz39tGPZm+78eYk\n"
	"d9gQNaQ2preaShKgTqaemp+skVsHv3Pk5W2n7MMCgYEAgwfp4jodcEFsyuoJbm85\n"
	"glTmk+j75ciR68EehmsKBPIW5xKikWqyLtOhsUXRXG47xhjdMr3D+8pp0OzqZ27t\n"
	"FV0Y1CwjgPnGETclKetGSlbi9wgGOi1CyTBD2etod/UykqBS+vbdAYwXChxQ4PQn\n"
	"mgQQXIRWxiIj0j6d05hGew0CgYEAmF90OtVbt59p6kXINBZ6y4Zq7O4qAFzArckk\n"
	"fZNN11nj2YWRF8OwD1ob0exQ9d1Q0YvZDs+tRaPfcidzcWPejZYr17Efzmc45Ihm\n"
	"OeD3rBVtM+mLr7riG8iPv5DrEAIeUsR9K+XRhVWxNQKiPBMQzN96IPzv1m9iowbS\n"
	"DSp+rA8CgYEAglYISNwpMVHiVtMi14N81G/r7WNWMCGB+IHRyacsvja2IFjna75H\n"
	"o64tPfLk94340co0vdRjOm9hALO7ov7HS8mzpagtV8yX9eCBS8PhPhBkLaGZOUvO\n"
	"+fTsBPxHNasc4zfhFjNNO2R33LJNztnckxgOqnzRGETHAHO4hqnSJWo=\n"
	"-----END RSA PRIVATE KEY-----\n",
};

#endif
