// SPDX-License-Identifier: AGPL-3.0-or-later
// A portal on openid-client; pratu.mjs beside it is what `pratu client add` printed.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import * as client from 'openid-client';
import * as pratu from './pratu.mjs';

const { config, logoutUri, redirectUri, scope } = pratu;

const home = new URL(redirectUri).origin;
const sessions = new Map(); // cookie -> what the portal knows of this browser

function sessionOf(request, response) {
    const cookie = /(?:^|; )portal=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (sessions.has(cookie)) {
        return sessions.get(cookie);
    }
    const id = randomUUID();
    sessions.set(id, {});
    response.setHeader('Set-Cookie', `portal=${id}; HttpOnly; SameSite=Lax; Path=/`);
    return sessions.get(id);
}

const pages = {
    async '/login'(session) {
        session.verifier = client.randomPKCECodeVerifier();
        session.state = client.randomState();
        session.nonce = client.randomNonce();
        return client.buildAuthorizationUrl(config, {
            redirect_uri: redirectUri, scope, state: session.state, nonce: session.nonce,
            code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
            code_challenge_method: 'S256',
        });
    },
    // Checks state, iss, the signature and claims of the ID token, nonce and PKCE.
    async '/callback'(session, url) {
        session.tokens = await client.authorizationCodeGrant(config, url, {
            pkceCodeVerifier: session.verifier, expectedState: session.state,
            expectedNonce: session.nonce, idTokenExpected: true,
        });
        session.idToken = session.tokens.id_token;
        session.claims = session.tokens.claims();
        return new URL('/me', home);
    },
    async '/me'(session) {
        if (!session.tokens) {
            return new URL('/login', home);
        }
        const token = session.tokens.access_token;
        return { claims: session.claims,
            userinfo: await client.fetchUserInfo(config, token, session.claims.sub), token };
    },
    async '/refresh'(session) {
        session.tokens = await client.refreshTokenGrant(config, session.tokens.refresh_token);
        return new URL('/me', home);
    },
    async '/logout'(session) {
        const hint = session.idToken;
        delete session.tokens;
        return client.buildEndSessionUrl(config, {
            id_token_hint: hint, post_logout_redirect_uri: logoutUri });
    },
    // The portal's own public keys, where it authenticates with them.
    async '/jwks.json'() {
        return pratu.jwks ?? { keys: [] };
    },
    async '/'() {
        return { portal: 'signed out' };
    },
};

createServer(async (request, response) => {
    const url = new URL(request.url, home);
    try {
        const answer = await pages[url.pathname](sessionOf(request, response), url);
        if (answer instanceof URL) {
            response.writeHead(302, { Location: answer.href }).end();
        } else {
            response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
        }
    } catch (error) {
        console.error(error);
        response.writeHead(500).end(error.message);
    }
}).listen(Number(new URL(home).port), 'localhost', () => console.log('ready'));
