"""What is wrong with the settings of the sign-in pages, told from the file alone."""

import re
from collections.abc import Iterator
from typing import Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.provision.findings import Finding, advice, contradictory, impossible, sentence
from authflow.adapters.provision.subject import Pages, Subject
from authflow.adapters.provision.wishes import redirect_problem

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
# Where an emulator serves the pages of a domain.
_LOOPBACK: Final = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?(?:/[a-z0-9-]+)*/?", re.ASCII)
_COGNITO: Final = re.compile(r"[a-z0-9-]+\.auth(?:-fips)?\.([a-z0-9-]+)\.amazoncognito\.com(?:\.cn)?", re.ASCII)
_ACCOUNT: Final = "aws.cognito.signin.user.admin"


def page_findings(subject: Subject, config: PoolConfig, pages: Pages) -> Iterator[Finding]:
    """Yields what is wrong with the settings of the sign-in pages."""
    yield from _domain(config, pages)
    yield from _redirects(pages)
    yield from _scopes(pages)
    if pages.response_type not in ("", "code"):
        yield contradictory(
            "oauth.not-code",
            pages.where("response_type", "responseType"),
            "Tokens are asked for in the address itself (the implicit flow), which RFC 9700 forbids.",
            "Write code.",
        )
    if pages.client_id not in ("", config.client_id):
        yield contradictory(
            "oauth.other-client",
            pages.where("AppClientId"),
            "The sign-in pages have another app client than the pool: tokens of one are refused by the other.",
            f"Write the client of {subject.key('client_id')} in both.",
        )


def _domain(config: PoolConfig, pages: Pages) -> Iterator[Finding]:
    if not pages.domain:
        yield impossible(
            "oauth.no-domain",
            pages.domain_key,
            "There are settings of sign-in pages, and no domain where these are.",
            "Write the pool's domain, like myapp.auth.eu-west-1.amazoncognito.com.",
        )
    elif not _HOST.fullmatch(pages.domain) and not _LOOPBACK.fullmatch(pages.domain):
        yield impossible(
            "oauth.domain-malformed",
            pages.domain_key,
            "The domain is not the name of a host.",
            "Write it in small letters, without https:// and without a path.",
        )
    elif (match := _COGNITO.fullmatch(pages.domain)) and match[1] != config.region:
        yield contradictory(
            "oauth.domain-region",
            pages.domain_key,
            f"The domain is in {match[1]}, and the user pool in {config.region}.",
            "Copy it from the user pool.",
        )


def _redirects(pages: Pages) -> Iterator[Finding]:
    if not pages.sign_in:
        yield impossible(
            "oauth.no-redirect",
            pages.sign_in_key,
            "Nobody comes back from the sign-in pages: there is no address for that.",
            "Write one of the app client's callback URLs.",
        )
    if not pages.sign_out:
        yield advice(
            "oauth.no-sign-out-redirect",
            pages.sign_out_key,
            "Nobody comes back from signing out on the pages: there is no address for that.",
            "Write one of the app client's sign-out URLs.",
        )
    for key, urls in ((pages.sign_in_key, pages.sign_in), (pages.sign_out_key, pages.sign_out)):
        for problem in dict.fromkeys(filter(None, map(redirect_problem, urls))):
            what, _, remedy = problem.partition("; ")
            yield impossible(
                "oauth.redirect-refused",
                key,
                f"Cognito does not take an address that {what}.",
                sentence(remedy or "correct it"),
            )


def _scopes(pages: Pages) -> Iterator[Finding]:
    # OpenID Connect Core, section 3.1.2.1; developer guide, "Scopes, M2M, and resource servers".
    if "openid" not in pages.scopes:
        yield impossible(
            "oauth.no-openid",
            pages.scopes_key,
            "Without the scope openid Cognito issues no ID token: nothing says who signed in.",
            "Add openid.",
        )
    if _ACCOUNT not in pages.scopes:
        yield impossible(
            "oauth.no-account-scope",
            pages.scopes_key,
            f"Without the scope {_ACCOUNT} Cognito refuses what a user does to the account: attributes, password, "
            "second factors, devices, passkeys.",
            f"Add {_ACCOUNT}.",
        )
