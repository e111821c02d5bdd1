# SPDX-License-Identifier: AGPL-3.0-or-later
# A portal on OmniAuth under Rack; pratu.rb beside it is what `pratu client add` printed.
require "json"
require "omniauth_openid_connect"
require "rack"
require "rack/protection"
require "rack/handler/webrick"
require "uri"
require_relative "pratu"

# The library asks for discovery documents by https, unless it is told otherwise.
SWD.url_builder = URI::HTTP if PRATU[:issuer].start_with?("http:")
OmniAuth.config.logger = Logger.new($stderr)

def pratu_metadata
  @pratu_metadata ||= OpenIDConnect::Discovery::Provider::Config.discover!(PRATU[:issuer])
end

def go(address)
  [302, { "Location" => address }, []]
end

def answer(value)
  [200, { "Content-Type" => "application/json" }, [JSON.generate(value)]]
end

def me(session)
  kept = session[:kept]
  return go("/login") unless kept

  token = OpenIDConnect::AccessToken.new(access_token: kept[:token], client: client)
  answer(claims: kept[:claims], userinfo: token.userinfo!.raw_attributes, token: kept[:token])
end

def client
  OpenIDConnect::Client.new(
    identifier: PRATU[:client_options][:identifier], secret: PRATU[:client_options][:secret],
    token_endpoint: pratu_metadata.token_endpoint, userinfo_endpoint: pratu_metadata.userinfo_endpoint)
end

# OmniAuth begins a login by a POST of the portal's own page only.
def login(session)
  token = Rack::Protection::AuthenticityToken.token(session)
  [200, { "Content-Type" => "text/html" },
   ["<form method=post action=/auth/pratu><input type=hidden name=authenticity_token value='#{token}'>" \
    "<button>Pratu</button></form>"]]
end

def callback(session, auth)
  session[:kept] = {
    token: auth.credentials.token, refresh_token: auth.credentials.refresh_token,
    id_token: auth.credentials.id_token,
    claims: { iss: auth.extra.raw_info["iss"], sub: auth.uid }
  }
  go("/me")
end

def refresh(session)
  asking = client
  asking.refresh_token = session[:kept][:refresh_token]
  tokens = asking.access_token!(PRATU[:client_auth_method])
  session[:kept] = session[:kept].merge(
    token: tokens.access_token, refresh_token: tokens.refresh_token, id_token: tokens.id_token)
  go("/me")
end

def logout(session)
  kept = session.delete(:kept)
  go("#{pratu_metadata.end_session_endpoint}?" + URI.encode_www_form(
    id_token_hint: kept[:id_token], post_logout_redirect_uri: PRATU[:post_logout_redirect_uri]))
end

portal = lambda do |env|
  session = env["rack.session"]
  case env["PATH_INFO"]
  when "/me" then me(session)
  when "/login" then login(session)
  when "/auth/pratu/callback" then callback(session, env["omniauth.auth"])
  when "/auth/failure" then [502, { "Content-Type" => "text/plain" }, [env["QUERY_STRING"]]]
  when "/refresh" then refresh(session)
  when "/logout" then logout(session)
  else answer(portal: "signed out")
  end
end

app = Rack::Builder.new do
  use Rack::Session::Pool, key: "portal"
  use OmniAuth::Strategies::OpenIDConnect, PRATU
  run portal
end.to_app
here = URI(PRATU[:post_logout_redirect_uri])
Rack::Handler::WEBrick.run(app, Host: here.host, Port: here.port, AccessLog: [])
