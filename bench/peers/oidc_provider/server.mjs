// SPDX-License-Identifier: AGPL-3.0-or-later
// node-oidc-provider for scripts/bench: one client, sessions made beforehand, opaque access tokens,
// ES256, rotating refresh tokens. server.mjs PORT COOKIE-FILE SESSIONS [SQLITE-FILE]
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [port, cookieFile, sessions, file] = process.argv.slice(2);
const scope = 'openid';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const configuration = {
  clients: [{
    client_id: 'bench',
    client_secret: 'bench-secret',
    redirect_uris: ['https://portal.test/cb'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
  },
  routes: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    introspection: '/oauth2/introspect',
    userinfo: '/oauth2/userinfo',
    jwks: '/oauth2/jwks',
  },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: () => '/not-logged-in' },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, RefreshToken: 43200, Grant: 43200, Session: 43200 },
};

if (file) {
  const { sqliteAdapter } = await import('./sqlite_adapter.mjs');
  configuration.adapter = sqliteAdapter(file);
} else {
  // Its own development adapter forgets records when it holds more than a thousand.
  const { memoryAdapter } = await import('./memory_adapter.mjs');
  configuration.adapter = memoryAdapter();
}

const provider = new Provider(`http://localhost:${port}`, configuration);
const cookies = [];

for (let i = 0; i < Number(sessions); i += 1) {
  const session = new provider.Session();
  const grant = new provider.Grant({ accountId: `person-${i}`, clientId: 'bench' });

  grant.addOIDCScope(scope);
  session.loginAccount({ accountId: `person-${i}`, loginTs: Math.floor(Date.now() / 1000), amr: ['thaid'] });
  session.ensureClientContainer('bench');
  session.grantIdFor('bench', await grant.save(43200));
  await session.save(43200);
  cookies.push(`_session=${session.jti}\n`);
}
writeFileSync(cookieFile, cookies.join(''));
provider.listen(Number(port), '127.0.0.1');
