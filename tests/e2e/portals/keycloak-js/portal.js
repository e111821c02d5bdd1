// SPDX-License-Identifier: AGPL-3.0-or-later
// A single-page portal on keycloak-js; pratu.js beside it is what `pratu client add` printed.
import Keycloak from 'keycloak-js';
import { config, init, logoutUri } from './pratu.js';

const keycloak = new Keycloak(config);
const say = (state, userinfo) => {
    document.getElementById('seen').textContent = JSON.stringify(
        { state, claims: { ...keycloak.idTokenParsed, ...userinfo }, token: keycloak.token });
};
const on = (id, act) => document.getElementById(id).addEventListener(
    'click', () => act().catch((error) => say('error: ' + error.message)));

on('login', () => keycloak.login());
on('refresh', () => keycloak.login({ prompt: 'none' }));
on('logout', () => keycloak.logout({ redirectUri: logoutUri }));

try {
    const inside = await keycloak.init(init);
    say(inside ? 'signed in' : 'signed out', inside ? await keycloak.loadUserInfo() : undefined);
} catch (error) {
    say('error: ' + (error?.message ?? JSON.stringify(error)));
}
