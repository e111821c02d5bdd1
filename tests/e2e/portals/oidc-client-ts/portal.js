// SPDX-License-Identifier: AGPL-3.0-or-later
// A single-page portal on oidc-client-ts; pratu.js beside it is what `pratu client add` printed.
import { UserManager } from 'oidc-client-ts';
import { settings } from './pratu.js';

const manager = new UserManager(settings);
const say = (state, user) => {
    document.getElementById('seen').textContent = JSON.stringify(
        { state, claims: user?.profile, token: user?.access_token });
};
const on = (id, act) => document.getElementById(id).addEventListener(
    'click', () => act().catch((error) => say('error: ' + error.message)));

on('login', () => manager.signinRedirect());
on('refresh', async () => say('refreshed', await manager.signinSilent()));
on('logout', () => manager.signoutRedirect());

try {
    if (new URLSearchParams(location.search).has('state')) {
        const user = await manager.signinCallback();
        history.replaceState(null, '', '/');
        say('signed in', user);
    } else {
        const user = await manager.getUser();
        say(user ? 'signed in' : 'signed out', user);
    }
} catch (error) {
    say('error: ' + error.message);
}
