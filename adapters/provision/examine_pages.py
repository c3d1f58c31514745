"""What is wrong with the settings of the sign-in pages, told from the file alone."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.config_oauth import OAuthProblem, providers
from authflow.adapters.provision.findings import (
    Finding,
    Severity,
    advice,
    contradictory,
    impossible,
    is_problem,
    refusal,
    sentence,
)
from authflow.adapters.provision.subject import Pages
from authflow.adapters.provision.wishes import redirect_problem
from authflow.errors import ConfigurationError

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
# Where an emulator serves the pages of a domain.
_LOOPBACK: Final = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?(?:/[a-z0-9-]+)*/?", re.ASCII)
_COGNITO: Final = re.compile(r"[a-z0-9-]+\.auth(?:-fips)?\.([a-z0-9-]+)\.amazoncognito\.com(?:\.cn)?", re.ASCII)
_ACCOUNT: Final = "aws.cognito.signin.user.admin"


def page_findings(config: PoolConfig, pages: Pages) -> Iterator[Finding]:
    """Yields what is wrong with the settings of the sign-in pages."""
    redirects = tuple(_redirects(pages))
    told = {finding.key for finding in redirects if is_problem(finding)}
    problems = pages.section.problems(config.client_id, config.redirect_uri)
    refused = tuple(_named(problem) for problem in problems if problem.error.key not in told)
    unusable = {finding.key for finding in refused}
    yield from (*redirects, *refused, *_providers(pages))
    yield from (finding for finding in (*_domain(config, pages), *_scopes(pages)) if finding.key not in unusable)


# What refuses the settings wherever they are read, by the setting and whether there is none: (how bad, id, says,
# remedy); the refusal's own words where there are none here.
_Named = tuple[Severity, str, str | None, str | None]
_NAMED: Final[Mapping[tuple[str, bool], _Named]] = {
    ("domain", True): (
        Severity.IMPOSSIBLE,
        "oauth.no-domain",
        "There are settings of sign-in pages, and no domain where these are.",
        "Write the pool's domain, like myapp.auth.eu-west-1.amazoncognito.com.",
    ),
    ("domain", False): (Severity.IMPOSSIBLE, "oauth.domain-malformed", None, None),
    ("redirects", True): (
        Severity.IMPOSSIBLE,
        "oauth.no-redirect",
        "Nobody comes back from the sign-in pages: there is no address for that.",
        "Write one of the app client's callback URLs.",
    ),
    ("redirects", False): (Severity.IMPOSSIBLE, "oauth.redirect-refused", None, None),
    ("sign_out_redirects", False): (Severity.IMPOSSIBLE, "oauth.redirect-refused", None, None),
    ("response_type", False): (
        Severity.CONTRADICTORY,
        "oauth.not-code",
        "Tokens are asked for in the address itself (the implicit flow), which RFC 9700 forbids.",
        "Write code.",
    ),
    ("client_id", False): (
        Severity.CONTRADICTORY,
        "oauth.other-client",
        "The sign-in pages have another app client than the pool: tokens of one are refused by the other.",
        "Write the same app client in both places.",
    ),
}


def _named(problem: OAuthProblem) -> Finding:
    own = refusal(problem.error)
    if (problem.field, problem.absent) not in _NAMED:
        return own
    severity, name, says, remedy = _NAMED[problem.field, problem.absent]
    return Finding(severity=severity, id=name, key=own.key, says=says or own.says, remedy=remedy or own.remedy)


def _domain(config: PoolConfig, pages: Pages) -> Iterator[Finding]:
    if pages.domain and not _HOST.fullmatch(pages.domain) and not _LOOPBACK.fullmatch(pages.domain):
        yield impossible(
            "oauth.domain-malformed",
            pages.key_of("domain"),
            "That is not the name of a host, before which AWSMobileClient and Amplify write https:// themselves.",
            "Write the name alone, in small letters, without https:// and without a path.",
        )
    elif (match := _COGNITO.fullmatch(pages.domain)) and match[1] != config.region:
        yield contradictory(
            "oauth.domain-region",
            pages.key_of("domain"),
            f"The domain is in {match[1]}, and the user pool in {config.region}.",
            "Copy it from the user pool.",
        )


def _redirects(pages: Pages) -> Iterator[Finding]:
    if not pages.sign_out:
        yield advice(
            "oauth.no-sign-out-redirect",
            pages.key_of("sign_out_redirects"),
            "Nobody comes back from signing out on the pages: there is no address for that.",
            "Write one of the app client's sign-out URLs.",
        )
    for field, urls in (("redirects", pages.sign_in), ("sign_out_redirects", pages.sign_out)):
        for number, problem in enumerate(map(redirect_problem, urls), 1):
            if problem is None:
                continue
            what, _, remedy = problem.partition("; ")
            which = "this address" if len(urls) == 1 else f"address {number}"
            says = f"Cognito does not take {which}, which {what}."
            yield impossible("oauth.redirect-refused", pages.key_of(field), says, sentence(remedy))


def _providers(pages: Pages) -> Iterator[Finding]:
    try:
        if pages.listed is not None:
            providers(pages.listed, hosted=True)
    except ConfigurationError as error:
        yield refusal(error)


def _scopes(pages: Pages) -> Iterator[Finding]:
    # OpenID Connect Core, section 3.1.2.1; developer guide, "Scopes, M2M, and resource servers".
    if "openid" not in pages.scopes:
        yield impossible(
            "oauth.no-openid",
            pages.key_of("scopes"),
            "Without the scope openid Cognito issues no ID token: nothing says who signed in.",
            "Add openid.",
        )
    if _ACCOUNT not in pages.scopes:
        yield impossible(
            "oauth.no-account-scope",
            pages.key_of("scopes"),
            f"Without the scope {_ACCOUNT} Cognito refuses what a user does to the account: attributes, password, "
            "second factors, devices, passkeys.",
            f"Add {_ACCOUNT}.",
        )
