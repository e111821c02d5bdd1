// SPDX-License-Identifier: AGPL-3.0-or-later
// A pushed request with authorization details (RFC 9126, RFC 9396) by openid-client. Reads two lines
// from standard input: {"issuer", "client_id", "client_secret", "redirect_uri", "details"}, then the
// address that the browser came back to; prints the address to go to, then what the tokens say.
import { createInterface } from 'node:readline/promises';
import * as client from 'openid-client';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function read() {
    return JSON.parse((await lines.next()).value);
}

function print(value) {
    console.log(JSON.stringify(value));
}

const given = await read();
const config = await client.discovery(
    new URL(given.issuer), given.client_id, { id_token_signed_response_alg: 'ES256' },
    client.ClientSecretBasic(given.client_secret), { execute: [client.allowInsecureRequests] });
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: given.redirect_uri, scope: 'openid', state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256', authorization_details: JSON.stringify(given.details),
});
print({ url: url.href });
const { back } = await read();
const tokens = await client.authorizationCodeGrant(
    config, new URL(back), { pkceCodeVerifier, expectedState, expectedNonce });
const told = await client.tokenIntrospection(config, tokens.access_token);
print({ granted: tokens.authorization_details, introspected: told.authorization_details,
    acr: told.acr, auth_time: told.auth_time });
process.exit(0);
