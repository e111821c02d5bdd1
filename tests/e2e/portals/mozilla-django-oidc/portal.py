# SPDX-License-Identifier: AGPL-3.0-or-later
"""A portal on mozilla-django-oidc; pratu_settings.py beside it is what `pratu client add` printed."""
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
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
                    "mozilla_django_oidc"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "mozilla_django_oidc.middleware.SessionRefresh"],  # logs in again by prompt=none
    AUTHENTICATION_BACKENDS=[__name__ + ".BySubject"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "portal.sqlite"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", LOGIN_REDIRECT_URL="/me",
    OIDC_STORE_ACCESS_TOKEN=True, ALLOW_LOGOUT_GET_METHOD=True)
django.setup()
from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402: they need the settings
from mozilla_django_oidc.views import OIDCLogoutView  # noqa: E402


class BySubject(OIDCAuthenticationBackend):
    """Users by `sub`: the library finds them by their email address, which not everybody has."""

    def verify_claims(self, claims):
        return "sub" in claims

    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims["sub"])

    def get_username(self, claims):
        return claims["sub"]

    def create_user(self, claims):
        return self.UserModel.objects.create_user(claims["sub"])


def me(request):
    if not request.user.is_authenticated:
        return HttpResponseRedirect("/oidc/authenticate/")
    token = request.session["oidc_access_token"]
    return JsonResponse({"claims": {"iss": settings.OIDC_OP_ISSUER, "sub": request.user.username},
                         "userinfo": BySubject().get_userinfo(token, None, None), "token": token})


def refresh(request):
    request.session["oidc_id_token_expiration"] = 0  # as after OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS
    return HttpResponseRedirect("/me")


urlpatterns = [
    path("me", me), path("refresh", refresh), path("logout", OIDCLogoutView.as_view()),
    path("", lambda request: JsonResponse({"portal": "signed out"})),
    path("oidc/", include("mozilla_django_oidc.urls")),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "--nothreading",
                               "localhost:%d" % urlsplit(settings.LOGOUT_REDIRECT_URL).port])
