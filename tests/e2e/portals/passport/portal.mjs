// SPDX-License-Identifier: AGPL-3.0-or-later
// A portal on Passport; pratu.mjs beside it is what `pratu client add` printed.
import { randomBytes } from 'node:crypto';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Strategy from 'passport-openidconnect';
import { endSessionURL, logoutUri, options } from './pratu.mjs';

passport.use('pratu', new Strategy(
    options,
    (issuer, profile, context, idToken, accessToken, refreshToken, done) =>
        done(null, { issuer, profile, idToken, accessToken, refreshToken })));
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));
app.use(passport.session());

app.get('/login', passport.authenticate('pratu'));
app.get('/callback', passport.authenticate('pratu', { successRedirect: '/me' }));
app.get('/me', async (request, response) => {
    if (!request.user) {
        return response.redirect('/login');
    }
    const userinfo = await fetch(options.userInfoURL, {
        headers: { Authorization: 'Bearer ' + request.user.accessToken } });
    response.json({ claims: { iss: request.user.issuer, sub: request.user.profile.id },
        userinfo: await userinfo.json(), token: request.user.accessToken });
});
// Passport logs in and no more: the portal refreshes and signs out by itself.
app.get('/refresh', async (request, response) => {
    const answer = await fetch(options.tokenURL, { method: 'POST', body: new URLSearchParams({
        grant_type: 'refresh_token', refresh_token: request.user.refreshToken,
        client_id: options.clientID, client_secret: options.clientSecret }) });
    const tokens = await answer.json();
    request.user.accessToken = tokens.access_token;
    request.user.refreshToken = tokens.refresh_token;
    request.session.passport.user = request.user;
    response.redirect('/me');
});
app.get('/logout', (request, response, next) => {
    const end = new URL(endSessionURL);
    end.search = new URLSearchParams({
        id_token_hint: request.user.idToken, post_logout_redirect_uri: logoutUri });
    request.logout((error) => error ? next(error) : response.redirect(end.href));
});
app.get('/', (request, response) => response.json({ portal: 'signed out' }));
app.listen(Number(new URL(logoutUri).port), 'localhost', () => console.log('ready'));
