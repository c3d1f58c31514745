"""What the demo plays, in order: parts, each on a user pool of its own, with their chapters."""

from collections.abc import Callable, Mapping
from typing import Final

from authflow.adapters.cli import demo_browser, demo_sessions, demo_steps, demo_story
from authflow.adapters.cli.demo_stage import Stage

Chapters = tuple[tuple[str, Callable[[Stage], None]], ...]

# By the kind of pool (`worlds.WORLDS`).
PARTS: Final[Mapping[str, Chapters]] = {
    "usual": (
        ("Sign-up", demo_story.sign_up),
        ("Sign-in with SRP", demo_story.sign_in),
        ("An administrator's user: a forced new password", demo_story.new_password),
        ("A forgotten password", demo_story.forgotten_password),
        ("A second factor from an authenticator app", demo_story.totp),
        ("A second factor by text message", demo_story.sms),
        ("Sign-out on every device", demo_story.everywhere),
        ("Steps, not errors", demo_steps.steps_not_errors),
    ),
    "mfa": (
        ("A second factor, set up at the first sign-in", demo_steps.mfa_setup),
        ("Two second factors, and a challenge that waits too long", demo_steps.mfa_choice),
    ),
    "passwordless": (
        ("No password at all", demo_steps.without_password),
        ("A choice of first factors, and a contact to verify", demo_steps.contact),
    ),
    "devices": (("A device that is remembered", demo_steps.devices),),
    "link": (("A link instead of a code", demo_steps.link),),
    "questions": (("Questions that only this pool asks", demo_steps.questions),),
    "sessions": (
        ("A session ends, and somebody waits for the next", demo_sessions.waiting),
        ("Refresh tokens that rotate", demo_sessions.rotation),
        ("AWS credentials, for a guest and for a user", demo_sessions.credentials),
        ("Two apps that share a token store", demo_sessions.followers),
        ("A token at a back end", demo_sessions.back_end),
        ("A sealed store that lasts, and one that was cut in half", demo_sessions.sealed),
    ),
    "browser": (("Sign-in with Google, in the browser", demo_browser.hosted_ui),),
}
