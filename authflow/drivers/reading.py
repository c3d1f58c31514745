"""What a host gives of what its flow holds: to whom it belongs, and to nobody who signs in meanwhile."""

from threading import Lock

from authflow.drivers import held, visiting
from authflow.drivers.endings import NO_SIGN_OUT_URL
from authflow.errors import exception_from
from authflow.flow import Flow
from authflow.intents import GetAwsCredentials, GetTokens
from authflow.offers import is_forbidden
from authflow.ports import AwsCredentials, Clock, Provider, Tokens
from authflow.secrets import Handle, Secret, Vault
from authflow.states import SIGNING_OUT, UserState


def _holder(flow: Flow) -> tuple[str | None, Handle | None]:
    """Returns who vouches for the user, and as whom; neither for a guest."""
    account, federation = flow.context.account, flow.context.federation
    return account.username if account is not None else None, federation.token if federation is not None else None


def _is_same(asked: Flow, now: Flow) -> bool:
    """Tells whether what is given now may be given to whoever asked then."""
    holder, before, after = _holder(asked), asked.context.identity, now.context.identity
    another_guest = before is not None and after is not None and before.id != after.id
    return holder == _holder(now) and not (another_guest and holder == (None, None))


class Reading:
    """Reading tokens, credentials and names; see `Host`."""

    __slots__ = ()
    flow: Flow
    provider: Provider
    clock: Clock
    _lock: Lock
    _account_since: int

    def _vault(self) -> Vault:
        raise NotImplementedError

    @property
    def username(self) -> str | None:
        """The signed-in user's name; otherwise the identifier that was given last."""
        context = self.flow.context
        if context.account is not None:
            return context.account.username
        # What another provider calls the user who is signed in is not known here.
        known = context.federation is None or self.flow.user is not UserState.signedIn
        return context.username if known else None

    def is_user_of(self, asked: Flow) -> bool:
        """Tells whether whoever was signed in in `asked` still is, with tokens that were refreshed perhaps."""
        with self._lock:
            return asked.rev >= self._account_since

    def hosted_sign_out(self, *, loopback: bool) -> tuple[str, str]:
        """Returns where the browser ends its session at the hosted UI, and where it comes back to.

        Args:
            loopback: whether that is caught on this machine.

        Raises:
            AuthFlowError: nobody can say.
        """
        ask = getattr(self.provider, "sign_out_request", None)
        if ask is None:
            raise exception_from(NO_SIGN_OUT_URL)
        return visiting.logout_request(lambda: ask(loopback=loopback))

    def totp_secret(self, flow: Flow) -> Secret[str]:
        """Returns the TOTP secret that `flow` has set up; see `authflow.drivers.held`."""
        with self._lock:
            return held.totp_secret(flow, self._vault())

    def tokens(self, flow: Flow) -> Tokens:
        """Returns the tokens of who is signed in in `flow`, refreshed ones if they were since."""
        with self._lock:
            account = self.flow.context.account if flow.rev >= self._account_since else None
            return held.tokens(account, self._vault())

    def has_ended(self, flow: Flow) -> bool:
        """Tells whether the access token that a call has left in `flow` has ended."""
        account = flow.context.account
        return account is not None and self.clock() >= account.expires_at

    def tokens_still_good(self, asked: Flow) -> Tokens | None:
        """Returns the tokens of who was signed in in `asked` and still is, if the access token has not ended."""
        with self._lock:
            account = self.flow.context.account
            ending = self.flow.session in SIGNING_OUT
            if account is None or ending or asked.rev < self._account_since or self.clock() >= account.expires_at:
                return None
            if is_forbidden(self.flow, GetTokens):
                return None
            return held.tokens(account, self._vault())

    def aws_credentials(self, asked: Flow) -> AwsCredentials | None:
        """Returns the AWS credentials of who was known in `asked` and still is, if they have not ended."""
        with self._lock:
            identity = self.flow.context.identity
            if identity is None or self.clock() >= identity.expires_at or not _is_same(asked, self.flow):
                return None
            if is_forbidden(self.flow, GetAwsCredentials):
                return None
            return held.aws_credentials(identity, self._vault())

    @property
    def has_lost_credentials(self) -> bool:
        """Whether the flow knows of AWS credentials that are not in memory: it comes from another process."""
        with self._lock:
            identity = self.flow.context.identity
            if identity is None or identity.credentials is None:
                return False
            return held.aws_credentials(identity, self._vault()) is None
