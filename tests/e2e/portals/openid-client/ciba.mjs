// SPDX-License-Identifier: AGPL-3.0-or-later
// Backchannel authentication (CIBA) by openid-client. Reads {"issuer", "client_id",
// "client_secret", "parameters", "port"} from standard input; prints one JSON object when it has
// asked, and one with the claims when it has tokens. With a port it is notified there (ping).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as client from 'openid-client';

const given = JSON.parse(readFileSync(0, 'utf8'));
const config = await client.discovery(
    new URL(given.issuer), given.client_id, { id_token_signed_response_alg: 'ES256' },
    client.ClientSecretBasic(given.client_secret), { execute: [client.allowInsecureRequests] });
const token = randomUUID();

function print(value) {
    console.log(JSON.stringify(value));
}

// The provider's POST: the bearer token that was given, and the request that was made.
function notified(asked) {
    return new Promise((resolve, reject) => {
        const server = createServer((request, response) => {
            let body = '';
            request.on('data', (part) => { body += part; });
            request.on('end', () => {
                const good = request.method === 'POST'
                    && request.headers.authorization === `Bearer ${token}`
                    && JSON.parse(body).auth_req_id === asked.auth_req_id;
                response.writeHead(good ? 204 : 401).end();
                server.close();
                (good ? resolve : reject)(new Error(body));
            });
        });
        server.listen(given.port, '127.0.0.1', () => print({ ...asked, auth_req_id: undefined }));
    });
}

const parameters = { scope: 'openid', ...given.parameters };
if (given.port) {
    parameters.client_notification_token = token;
}
const asked = await client.initiateBackchannelAuthentication(config, parameters);
let tokens;
if (given.port) {
    await notified(asked);
    tokens = await client.genericGrantRequest(
        config, 'urn:openid:params:grant-type:ciba', { auth_req_id: asked.auth_req_id });
} else {
    print({ ...asked, auth_req_id: undefined });
    tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
}
print({ claims: tokens.claims(), scope: tokens.scope });
