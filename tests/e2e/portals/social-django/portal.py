# SPDX-License-Identifier: AGPL-3.0-or-later
"""A portal on social-auth-app-django; pratu_settings.py beside it is what `pratu client add` printed."""
import os
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import django
import requests
from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import include, path

import pratu_settings

HERE = Path(__file__).parent
settings.configure(
    **{k: v for k, v in vars(pratu_settings).items() if k.isupper()},
    SECRET_KEY=os.urandom(32).hex(), DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "social_django"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "portal.sqlite"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", LOGIN_REDIRECT_URL="/me")
django.setup()
from django.contrib.auth import logout  # noqa: E402: they need the settings
from social_django.utils import load_strategy  # noqa: E402


def login_of(request):
    return request.user.social_auth.get(provider="oidc")


def me(request):
    if not request.user.is_authenticated:
        return HttpResponseRedirect("/login/oidc/")
    social = login_of(request)
    backend = social.get_backend_instance(load_strategy(request))
    token = social.extra_data["access_token"]
    return JsonResponse({"claims": {"iss": backend.id_token_issuer(), "sub": social.uid},
                         "userinfo": backend.user_data(token), "token": token})


def refresh(request):
    social = login_of(request)
    social.refresh_token(load_strategy(request))
    return HttpResponseRedirect("/me")


def leave(request):
    social = login_of(request)
    end = requests.get(settings.SOCIAL_AUTH_OIDC_OIDC_ENDPOINT + "/.well-known/openid-configuration",
                       timeout=10).json()["end_session_endpoint"]
    logout(request)
    return HttpResponseRedirect(end + "?" + urlencode({
        "id_token_hint": social.extra_data["id_token"],
        "post_logout_redirect_uri": settings.LOGOUT_URI}))


urlpatterns = [
    path("me", me), path("refresh", refresh), path("logout", leave),
    path("", lambda request: JsonResponse({"portal": "signed out"})),
    path("", include("social_django.urls", namespace="social")),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "--nothreading",
                               "localhost:%d" % urlsplit(settings.LOGOUT_URI).port])
