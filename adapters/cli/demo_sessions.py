"""The demo's story of sessions: how they end, are renewed and shared, what they are worth, where they are kept."""

import secrets
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from authflow import events
from authflow.adapters.cli.demo_stage import Stage
from authflow.adapters.cli.demo_story import sign_out
from authflow.adapters.cli.printing import Failure
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.app import AuthFlow
from authflow.drivers.following import Following
from authflow.errors import ErrorCode
from authflow.events import ActionRejected, SessionEnded
from authflow.states import ScreenState, UserState

if TYPE_CHECKING:
    from authflow.adapters.tokens import TokenVerifier

# What the people of the story remember. Never printed.
_HAL: Final = "Winter-apples-6"
_IDA: Final = "Yellow-bicycle-3"
_PATIENCE: Final = 20.0  # seconds: far more than a thread needs, and an end where something is wrong


def waiting(stage: Stage) -> None:
    """A refresh is refused; an upload waits, and goes on with the new session."""
    _account(stage, "hal", _HAL)
    _account(stage, "ida", _IDA)
    stage.step("Hal opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    _sign_in(stage, "He signs in.", "hal", _HAL)
    stage.aside("An administrator signs him out everywhere.")
    stage.admin("AdminUserGlobalSignOut", Username="hal")
    stage.step(
        "The app has his tokens refreshed, and hears that the session has ended.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signIn,
        refused=ErrorCode.EXPIRED_REFRESH_TOKEN,
        user=UserState.signedOutUserPoolsTokenInvalid,
    )
    uploads: list[_Upload] = []
    stage.step(
        "An upload wants tokens: it waits, for a minute at most, until he has signed in again.",
        lambda flow: uploads.append(_Upload(flow)),
        ScreenState.signIn,
    )
    _sign_in(stage, "Hal signs in again.", "hal", _HAL)
    stage.fact("The upload goes on with his new tokens.", uploads[0].result(), "tokens")
    sign_out(stage, "Hal signs out.")


class _Upload:
    """Something in the background that wants tokens, and would rather wait than fail."""

    def __init__(self, flow: AuthFlow) -> None:
        self._flow, self._result = flow, "nothing"
        self._thread = Thread(target=self._run, daemon=True)
        # Who waits was told first that nobody is signed in: then this is no matter of luck.
        _until(flow, ActionRejected, self._thread.start)

    def _run(self) -> None:
        self._flow.get_tokens(wait_for_sign_in=60)
        self._result = "tokens"

    def result(self) -> str:
        """Returns what it got in the end."""
        self._thread.join(_PATIENCE)
        return self._result


def rotation(stage: Stage) -> None:
    """Every refresh brings another refresh token, and a copy of an old one is worth nothing."""
    _sign_in(stage, "Hal signs in.", "hal", _HAL)
    stage.aside("Somebody copies what the app keeps.")
    copied = MemoryTokenStore()
    stage.stores["stranger's computer"] = copied
    kept = stage.stores["laptop"].load()
    if kept is not None:
        copied.save(kept)
    stage.step(
        "The app has the tokens refreshed: the refresh token is another one now.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signedIn,
    )
    stage.step(
        "The stranger opens the app with the copy.",
        lambda flow: flow.initialize(),
        ScreenState.signedIn,
        device="stranger's computer",
    )
    stage.step(
        "New tokens are refused: this refresh token was used before.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signIn,
        refused=ErrorCode.REFRESH_TOKEN_REUSE,
        user=UserState.signedOutUserPoolsTokenInvalid,
        device="stranger's computer",
    )
    stage.step(
        "Hal's own still work.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Hal signs out.")


def credentials(stage: Stage) -> None:
    """The identity pool gives a guest one role, and a user another."""
    found: list[str] = []
    stage.step(
        "Nobody is signed in; the app asks for AWS credentials to show its pictures with.",
        lambda flow: found.append(_role(stage, flow)),
        ScreenState.signIn,
        user=UserState.guest,
    )
    stage.fact("They are a guest's: the role is local-unauthenticated.", found[-1], "local-unauthenticated")
    _sign_in(stage, "Ida signs in.", "ida", _IDA)
    stage.step(
        "The app asks again: the guest's are not hers.",
        lambda flow: found.append(_role(stage, flow)),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    stage.fact("They are a user's: the role is local-authenticated.", found[-1], "local-authenticated")
    sign_out(stage, "Ida signs out.")


def _role(stage: Stage, flow: AuthFlow) -> str:
    token = flow.get_aws_credentials().session_token
    return stage.pool.stands_for(token.reveal()).role_arn.rpartition("/")[2]


def followers(stage: Stage) -> None:
    """What one of them does, the other finds out."""
    stage.stores["editor"] = stage.stores["viewer"] = MemoryTokenStore()
    stage.step("Ida opens an editor.", lambda flow: flow.initialize(), ScreenState.signIn, device="editor")
    stage.step("She opens a viewer as well.", lambda flow: flow.initialize(), ScreenState.signIn, device="viewer")
    _sign_in(stage, "She signs in, in the editor.", "ida", _IDA, device="editor")
    stage.step(
        "The viewer looks at the store that they share: she is signed in there, too.",
        lambda flow: flow.sync_session(),
        ScreenState.signedIn,
        user=UserState.signedIn,
        device="viewer",
    )
    sign_out(stage, "She signs out, in the viewer.", device="viewer")
    stage.step(
        "The editor follows the store, and hears of it by itself.",
        _followed,
        ScreenState.signIn,
        user=UserState.signedOut,
        device="editor",
    )


def _followed(flow: AuthFlow) -> None:
    """Follows the store until it has told of the end."""
    found: list[Following] = []
    _until(flow, SessionEnded, lambda: found.append(flow.follow_store(interval=0.01)))
    found[0].close()


def _until(flow: AuthFlow, kind: type[events.Event], act: Callable[[], object]) -> None:
    """Does something, and waits until the flow tells of something of that kind.

    Raises:
        Failure: it tells of nothing of the kind.
    """
    told = Event()
    subscription = flow.subscribe(lambda event: told.set() if isinstance(event, kind) else None)
    act()
    if not told.wait(_PATIENCE):
        raise Failure(f"The flow should have told of {kind.kind}, and did not.")
    subscription.close()


def back_end(stage: Stage) -> None:
    """A service that gets a token checks it by itself: it asks nobody, and knows why it refuses."""
    from authflow.adapters.tokens import TokenVerifier

    _sign_in(stage, "Hal signs in.", "hal", _HAL)
    verifier = TokenVerifier(
        user_pool_id=stage.pool_id,
        client_ids=[_client_id(stage)],
        jwks=stage.pool.jwks(stage.pool_id),
        clock=stage.pool.clock,
    )
    names: list[str | None] = []
    stage.step(
        "The app calls its back end, which checks the access token.",
        lambda flow: names.append(verifier.verify(flow.get_tokens().access_token.reveal()).username),
        ScreenState.signedIn,
    )
    stage.fact("The back end knows him: hal.", names[-1], "hal")
    reasons: list[str] = []
    stage.step(
        "Somebody has changed the token on its way.",
        lambda flow: _refused(verifier, _changed(flow.get_tokens().access_token.reveal()), reasons),
        ScreenState.signedIn,
        refused=ErrorCode.UNAUTHORIZED,
    )
    stage.fact("The back end's name for it: bad_signature.", reasons[-1], "bad_signature")
    stage.step(
        "The app has sent the ID token by mistake.",
        lambda flow: _refused(verifier, _id_token(flow), reasons),
        ScreenState.signedIn,
        refused=ErrorCode.UNAUTHORIZED,
    )
    stage.fact("The back end's name for it: wrong_use.", reasons[-1], "wrong_use")
    sign_out(stage, "Hal signs out.")


def _refused(verifier: "TokenVerifier", token: str, reasons: list[str]) -> None:
    from authflow.adapters.tokens import TokenRefused

    try:
        verifier.verify(token)
    except TokenRefused as refused:
        reasons.append(refused.reason.value)
        raise


def _client_id(stage: Stage) -> str:
    listed = stage.pool.call("ListUserPoolClients", {"UserPoolId": stage.pool_id})
    return str(listed["UserPoolClients"][-1]["ClientId"])


def _changed(token: str) -> str:
    head, claims, signature = token.split(".")
    return ".".join((head, claims, ("A" if signature[0] != "A" else "B") + signature[1:]))


def _id_token(flow: AuthFlow) -> str:
    token = flow.get_tokens().id_token
    return token.reveal() if token is not None else ""


def sealed(stage: Stage) -> None:
    """A file that only a key opens keeps the session; half of it keeps nothing, and says so."""
    from authflow.adapters.stores.sealed import SealedFileTokenStore

    key = secrets.token_bytes(32)
    with TemporaryDirectory() as folder:
        file = Path(folder, "session")
        for device in ("desktop", "desktop on Tuesday", "desktop on Wednesday"):
            stage.stores[device] = SealedFileTokenStore(file, key=key)
        stage.step("Ida opens the app.", lambda flow: flow.initialize(), ScreenState.signIn, device="desktop")
        _sign_in(stage, "She signs in; the session is kept in a sealed file.", "ida", _IDA, device="desktop")
        stage.fact("Her tokens cannot be read there.", b"eyJ" in file.read_bytes(), False)
        stage.step(
            "On Tuesday she starts the app anew: the session is still there.",
            lambda flow: flow.initialize(),
            ScreenState.signedIn,
            user=UserState.signedIn,
            device="desktop on Tuesday",
        )
        stage.aside("The computer fails, and half of the file is lost.")
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        stage.step(
            "On Wednesday the app says so, and does not take her for somebody who has signed out.",
            lambda flow: flow.initialize(),
            ScreenState.starting,
            refused=ErrorCode.STORE_UNAVAILABLE,
            user=UserState.unknown,
            device="desktop on Wednesday",
        )
        stage.aside("The file comes back from a backup.")
        file.write_bytes(whole)
        stage.step(
            "She tries again.",
            lambda flow: flow.initialize(),
            ScreenState.signedIn,
            user=UserState.signedIn,
            device="desktop on Wednesday",
        )
        sign_out(stage, "Ida signs out.", device="desktop on Wednesday")


def _sign_in(stage: Stage, says: str, name: str, password: str, *, device: str = "laptop") -> None:
    stage.step(
        says,
        lambda flow: flow.sign_in(name, password),
        ScreenState.signedIn,
        user=UserState.signedIn,
        device=device,
    )


def _account(stage: Stage, name: str, password: str) -> None:
    email = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
    stage.admin("AdminCreateUser", Username=name, MessageAction="SUPPRESS", UserAttributes=email)
    stage.admin("AdminSetUserPassword", Username=name, Password=password, Permanent=True)
