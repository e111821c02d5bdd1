// SPDX-License-Identifier: AGPL-3.0-or-later
// A portal on express-openid-connect; pratu.mjs beside it is what `pratu client add` printed.
import express from 'express';
import openid from 'express-openid-connect';
import { settings } from './pratu.mjs';

const app = express();
app.use(openid.auth(settings)); // brings /login, /callback and /logout

app.get('/me', openid.requiresAuth(), async (request, response) => {
    response.json({ claims: request.oidc.idTokenClaims, userinfo: await request.oidc.fetchUserInfo(),
        token: request.oidc.accessToken.access_token });
});
app.get('/refresh', openid.requiresAuth(), async (request, response) => {
    await request.oidc.accessToken.refresh();
    response.redirect('/me');
});
app.get('/', (request, response) => response.json({ portal: 'signed out' }));
app.listen(Number(new URL(settings.baseURL).port), 'localhost', () => console.log('ready'));
