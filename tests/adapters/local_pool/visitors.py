"""What tests of identity pools do most: a pool beside a user pool, logins of every kind, and what is refused."""

import base64
import json
from typing import Any

AUTHENTICATED = "arn:aws:iam::000000000000:role/local-authenticated"
GUEST = "arn:aws:iam::000000000000:role/local-unauthenticated"
NO_MATCH = (
    "NotAuthorizedException",
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
)
UNSUPPORTED = ("NotAuthorizedException", "Token is not from a supported provider of this identity pool.")
NO_GUESTS = ("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
UNVERIFIED = ("NotAuthorizedException", "Invalid login token. Couldn't verify signed token.")
ADMIN_ROLE = "arn:aws:iam::000000000000:role/admin"
FACEBOOK, GOOGLE = "graph.facebook.com", "accounts.google.com"
BACKEND = "login.example"


class Visitors:
    """An identity pool for a bench's user pool, which takes guests, two third parties and a backend's users."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.service = bench, bench.service
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{bench.pool_id}"
        self.pool_id: str = bench.setup.identity_pool_id
        self.update(
            AllowUnauthenticatedIdentities=True, AllowClassicFlow=True, DeveloperProviderName=BACKEND,
            SupportedLoginProviders={FACEBOOK: "app-7", GOOGLE: "app-8"},
        )  # fmt: skip

    def call(self, operation: str, **request: Any) -> Any:
        return self.service.identity_call(operation, request)

    def update(self, **settings: Any) -> Any:
        """Change what is named, which the service itself does not: there the rest goes back to its default."""
        now = self.call("DescribeIdentityPool", IdentityPoolId=self.pool_id)
        return self.call("UpdateIdentityPool", **{**now, **settings})

    def get_id(self, logins: dict[str, str] | None = None) -> str:
        return str(self.call("GetId", IdentityPoolId=self.pool_id, Logins=logins or {})["IdentityId"])

    def credentials(self, identity_id: str, logins: dict[str, str] | None = None, **more: str) -> Any:
        return self.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins or {}, **more)

    def role(self, identity_id: str, logins: dict[str, str] | None = None, **more: str) -> str:
        given = self.credentials(identity_id, logins, **more)["Credentials"]
        return str(self.service.stands_for(given["SessionToken"]).role_arn)

    def user(self, username: str = "alice") -> dict[str, str]:
        """A user of the user pool who has just signed in."""
        if not any(user["Username"] == username for user in self.bench.admin("ListUsers")["Users"]):
            self.bench.user(username)
        return {self.provider: self.bench.tokens(username)["IdToken"]}

    def facebook(self, subject: str = "fay", **more: Any) -> dict[str, str]:
        return {FACEBOOK: self.service.third_party_token(FACEBOOK, subject, **more)}

    def google(self, subject: str = "gus", **more: Any) -> dict[str, str]:
        return {GOOGLE: self.service.third_party_token(GOOGLE, subject, **more)}

    def logins_of(self, identity_id: str) -> list[str]:
        found: list[str] = self.call("DescribeIdentity", IdentityId=identity_id)["Logins"]
        return found


def forged(token: str, header: dict[str, object] | None = None, **changes: object) -> str:
    """The token with other claims, or another header, and the signature it had."""
    head, _, signature = token.split(".")
    if header is not None:
        head = _part(header)
    return f"{head}.{_part(claims_of(token) | changes)}.{signature}"


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def _part(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
