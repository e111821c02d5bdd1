// SPDX-License-Identifier: AGPL-3.0-or-later
// A portal on Auth.js under Express; pratu.mjs beside it is what `pratu client add` printed.
import { randomBytes } from 'node:crypto';
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';
import { logoutUri, pratu } from './pratu.mjs';

const metadata = await (await fetch(pratu.issuer + '/.well-known/openid-configuration')).json();
const settings = {
    providers: [pratu],
    secret: randomBytes(32).toString('hex'),
    trustHost: true,
    callbacks: {
        // Tokens and claims go into the encrypted cookie of Auth.js.
        jwt({ token, account, profile, trigger, session }) {
            if (account) {
                return { ...token, claims: profile, access: account.access_token,
                    refresh: account.refresh_token, idToken: account.id_token };
            }
            return token;
        },
        session({ session, token }) {
            return { ...session, ...token };
        },
    },
};

const app = express();
app.set('trust proxy', true);
app.get('/refresh', async (request, response) => {
    // Auth.js leaves refreshing to the portal: its documentation, "Refresh token rotation".
    const session = await getSession(request, settings);
    const answer = await fetch(metadata.token_endpoint, {
        method: 'POST',
        headers: { Authorization: 'Basic ' + Buffer.from(
            `${pratu.clientId}:${pratu.clientSecret}`).toString('base64') },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: session.refresh }),
    });
    response.status(answer.status).json({ claims: session.claims, ...await renewed(await answer.json()) });
});

async function renewed(tokens) {
    const userinfo = await fetch(metadata.userinfo_endpoint, {
        headers: { Authorization: 'Bearer ' + tokens.access_token } });
    return { userinfo: await userinfo.json(), token: tokens.access_token };
}

app.get('/me', async (request, response) => {
    const session = await getSession(request, settings);
    if (!session) {
        return response.redirect('/auth/signin');
    }
    response.json({ claims: session.claims, ...await renewed({ access_token: session.access }) });
});
// Signing out of Auth.js alone would leave the session at Pratu.
app.get('/logout', async (request, response) => {
    const session = await getSession(request, settings);
    const end = new URL(metadata.end_session_endpoint);
    end.search = new URLSearchParams({
        id_token_hint: session.idToken, post_logout_redirect_uri: logoutUri });
    response.clearCookie('authjs.session-token').redirect(end.href);
});
app.get('/', (request, response) => response.json({ portal: 'signed out' }));
app.use('/auth/*', ExpressAuth(settings));
app.listen(Number(new URL(logoutUri).port), 'localhost', () => console.log('ready'));
