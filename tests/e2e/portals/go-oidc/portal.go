// SPDX-License-Identifier: AGPL-3.0-or-later

// A portal on go-oidc and x/oauth2; pratu/pratu.go beside it is what `pratu client add` printed.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"portal.example/portal/pratu"
)

// What the browser's cookie stands for; a real portal keeps it in a store of its own.
type session struct {
	state, nonce, verifier string
	token                  *oauth2.Token
	claims                 map[string]any
}

var (
	config   *oauth2.Config
	verifier *oidc.IDTokenVerifier
	provider *oidc.Provider
	lock     sync.Mutex
	sessions = map[string]*session{}
)

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func sessionOf(w http.ResponseWriter, r *http.Request) *session {
	lock.Lock()
	defer lock.Unlock()
	if cookie, err := r.Cookie("portal"); err == nil && sessions[cookie.Value] != nil {
		return sessions[cookie.Value]
	}
	id, s := random(), &session{}
	sessions[id] = s
	http.SetCookie(w, &http.Cookie{Name: "portal", Value: id, Path: "/", HttpOnly: true})
	return s
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func login(w http.ResponseWriter, r *http.Request) {
	s := sessionOf(w, r)
	s.state, s.nonce, s.verifier = random(), random(), oauth2.GenerateVerifier()
	http.Redirect(w, r, config.AuthCodeURL(s.state, oidc.Nonce(s.nonce),
		oauth2.S256ChallengeOption(s.verifier)), http.StatusFound)
}

// Keeps the tokens of an answer whose ID token is good.
func keep(ctx context.Context, s *session, token *oauth2.Token) (string, error) {
	text, _ := token.Extra("id_token").(string)
	idToken, err := verifier.Verify(ctx, text)
	if err != nil {
		return "", err
	}
	s.token, s.claims = token, map[string]any{"id_token": text}
	return idToken.Nonce, idToken.Claims(&s.claims)
}

func callback(w http.ResponseWriter, r *http.Request) {
	s, query := sessionOf(w, r), r.URL.Query()
	if s.state == "" || query.Get("state") != s.state {
		http.Error(w, "state", http.StatusBadRequest)
		return
	}
	token, err := config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	nonce, err := keep(r.Context(), s, token)
	if err != nil || nonce != s.nonce { // the library leaves the nonce to its caller
		http.Error(w, "the ID token is not good", http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, "/me", http.StatusFound)
}

func me(w http.ResponseWriter, r *http.Request) {
	s := sessionOf(w, r)
	if s.token == nil {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	info, err := provider.UserInfo(r.Context(), oauth2.StaticTokenSource(s.token))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	userinfo := map[string]any{}
	_ = info.Claims(&userinfo)
	answer(w, map[string]any{"claims": s.claims, "userinfo": userinfo, "token": s.token.AccessToken})
}

func refresh(w http.ResponseWriter, r *http.Request) {
	s := sessionOf(w, r)
	old := &oauth2.Token{RefreshToken: s.token.RefreshToken}
	token, err := config.TokenSource(r.Context(), old).Token()
	if err == nil {
		_, err = keep(r.Context(), s, token)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, "/me", http.StatusFound)
}

func logout(w http.ResponseWriter, r *http.Request) {
	var metadata struct {
		End string `json:"end_session_endpoint"`
	}
	s := sessionOf(w, r)
	_ = provider.Claims(&metadata)
	hint, _ := s.claims["id_token"].(string)
	*s = session{}
	http.Redirect(w, r, metadata.End+"?"+url.Values{"id_token_hint": {hint},
		"post_logout_redirect_uri": {pratu.LogoutURI}}.Encode(), http.StatusFound)
}

func main() {
	var err error
	if config, verifier, provider, err = pratu.Setup(context.Background()); err != nil {
		log.Fatal(err)
	}
	here, err := url.Parse(pratu.LogoutURI)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/login", login)
	http.HandleFunc("/callback", callback)
	http.HandleFunc("/me", me)
	http.HandleFunc("/refresh", refresh)
	http.HandleFunc("/logout", logout)
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"portal": "signed out"})
	})
	log.Fatal(http.ListenAndServe(here.Host, nil))
}
