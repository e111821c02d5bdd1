// SPDX-License-Identifier: AGPL-3.0-or-later
// A relying party on openid-client. Reads {"issuer", "client", "port"} from standard input, serves
// /login, /callback, /me, /refresh, /logout, /bye, and prints "ready" when it listens.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { Issuer, generators } from 'openid-client';

const { issuer, client: metadata, port } = JSON.parse(readFileSync(0, 'utf8'));
const base = `http://localhost:${port}`;
const provider = await Issuer.discover(issuer);
const client = new provider.Client({
    client_id: metadata.client_id,
    client_secret: metadata.client_secret,
    redirect_uris: [`${base}/callback`],
    response_types: ['code'],
    token_endpoint_auth_method: metadata.token_endpoint_auth_method,
    id_token_signed_response_alg: metadata.id_token_signed_response_alg,
});
let pending = null;
let tokens = null;

function login(response) {
    pending = {
        state: generators.state(), nonce: generators.nonce(), verifier: generators.codeVerifier(),
    };
    redirect(response, client.authorizationUrl({
        scope: metadata.scope, state: pending.state, nonce: pending.nonce,
        code_challenge: generators.codeChallenge(pending.verifier), code_challenge_method: 'S256',
    }));
}

// Checks state, iss (RFC 9207), the ID token's signature and claims, nonce and at_hash.
async function callback(request, response) {
    const params = client.callbackParams(request);
    tokens = await client.callback(`${base}/callback`, params, {
        state: pending.state, nonce: pending.nonce, code_verifier: pending.verifier,
        response_type: 'code',
    });
    redirect(response, `${base}/me`);
}

async function me(response) {
    if (!tokens) {
        return json(response, 401, { error: 'not logged in' });
    }
    const userinfo = await client.userinfo(tokens);
    return json(response, 200, { claims: tokens.claims(), userinfo, token: tokens.access_token });
}

// openid-client compares sub, iss, aud and auth_time of the new ID token with the old one.
async function refresh(response) {
    tokens = await client.refresh(tokens);
    return me(response);
}

function logout(response) {
    const target = client.endSessionUrl({
        id_token_hint: tokens, post_logout_redirect_uri: `${base}/bye`, state: 'leaving',
    });
    tokens = null;
    redirect(response, target);
}

function redirect(response, target) {
    response.writeHead(302, { Location: target }).end();
}

function json(response, status, value) {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

const routes = {
    '/login': (request, response) => login(response),
    '/callback': callback,
    '/me': (request, response) => me(response),
    '/refresh': (request, response) => refresh(response),
    '/logout': (request, response) => logout(response),
    '/bye': (request, response) => json(response, 200, { bye: new URL(request.url, base).search }),
};

createServer(async (request, response) => {
    const handle = routes[new URL(request.url, base).pathname];
    try {
        await (handle ? handle(request, response) : json(response, 404, { error: 'no such page' }));
    } catch (error) {
        json(response, 500, { error: error.message });
    }
}).listen(port, 'localhost', () => console.log('ready'));
