"""Scripts with both examples of regions of an application's own plugged in."""

from typing import Any, Final

from authflow import ErrorCode, effects
from authflow.frontend.traits import PoolTraits
from authflow.secrets import SecretGone
from authflow.values import Settings
from tests.drivers.scripted import outcome, raising, refusing, returning
from tests.drivers.traces import Advance, Aside, Do, Script, Step, Store
from tests.examples_of_regions import BOTH, step_up, terms

WITH_BOTH: Final = PoolTraits(settings=Settings(regions=BOTH))
AFTER_PASSKEYS: Final = PoolTraits(settings=Settings(regions=BOTH, offer_passkey=True))
INITIALIZE: Final = Do("initialize")
SIGN_IN: Final = Do("sign_in", ("jane", "a-password"))


def submit(action: str, **values: str) -> Do:
    return Do("submit", (action, values))


ACCEPT: Final = submit("accept_terms")
ASK: Final = submit("ask_step_up")
PROVE: Final = submit("prove_step_up", code="123456")
PAY: Final = submit("pay", amount="12.50")
NO_TERMS: Final = outcome(terms.TermsFound, version="2026-01", accepted=True)


def _script(
    *steps: Step, replies: tuple[Any, ...] = (), stored: bool = False, traits: PoolTraits = WITH_BOTH
) -> Script:
    return Script((INITIALIZE, *steps), replies, stored=stored, traits=traits)


SCRIPTS_OF_REGIONS: Final[dict[str, Script]] = {
    "terms, a step-up and a payment": _script(SIGN_IN, ACCEPT, ASK, PROVE, PAY, Do("sign_out")),
    "terms that were accepted before": _script(SIGN_IN, ASK, replies=((terms.FindTerms, NO_TERMS),)),
    "terms asked of a restored session": _script(ACCEPT, Do("get_tokens"), stored=True),
    "after what follows a sign-in": _script(SIGN_IN, Do("skip"), ACCEPT, traits=AFTER_PASSKEYS),
    "terms that cannot be read": _script(
        SIGN_IN,
        submit("retry_terms"),
        submit("retry_terms"),
        replies=(
            (terms.FindTerms, refusing(ErrorCode.NOT_SENT)),
            (terms.FindTerms, refusing(ErrorCode.INTERNAL_ERROR)),
        ),
    ),
    "an acceptance that is lost": _script(
        SIGN_IN, ACCEPT, ACCEPT, replies=((terms.RecordAcceptance, refusing(ErrorCode.OUTCOME_UNKNOWN)),)
    ),
    "a wrong code and a right one": _script(
        SIGN_IN,
        ACCEPT,
        ASK,
        PROVE,
        PROVE,
        replies=((step_up.CheckCode, refusing(ErrorCode.CODE_MISMATCH, field="code")),),
    ),
    "performers that go wrong": _script(
        SIGN_IN,
        *(submit("retry_terms"),) * 6,
        replies=tuple(
            (terms.FindTerms, reply)
            for reply in (
                raising(SecretGone("code")),
                raising(RuntimeError("foreign")),
                returning(None),
                returning(terms.TermsFound(effect_id=999, version="1", accepted=True)),
                outcome(step_up.StepUpProven),
                outcome(terms.TermsAccepted),
            )
        ),
    ),
    "what is not taken": _script(
        SIGN_IN,
        PAY,
        ACCEPT,
        PAY,
        PROVE,
        submit("accept_term"),
        submit("pay"),
        submit("pay", amount="1", currency="EUR"),
        Do("submit", ("ask_step_up", {}), (("rev", 1),)),
        ASK,
        submit("prove_step_up"),
        Do("back"),
        PROVE,
    ),
    "the proof is over": _script(
        SIGN_IN, ACCEPT, ASK, PROVE, Advance(299), Do("snapshot"), Advance(1), Do("snapshot"), PAY
    ),
    "signed out elsewhere": _script(SIGN_IN, Store(None), Do("sync_session"), SIGN_IN, ACCEPT),
    "somebody else came": _script(
        SIGN_IN, ACCEPT, ASK, PROVE, Store("somebody else"), Do("sync_session"), PAY, ACCEPT, PAY
    ),
    "the session has ended": _script(
        SIGN_IN,
        Do("get_tokens", (), (("force_refresh", True),)),
        replies=((effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED)),),
    ),
    "a payment is not called off": _script(
        SIGN_IN, ACCEPT, ASK, PROVE, PAY, PAY, replies=((step_up.MakePayment, Aside("cancel")),)
    ),
    **{
        f"{method} while {effect.__name__} is under way": _script(
            SIGN_IN, ACCEPT, ASK, PROVE, PAY, ACCEPT, submit("retry_terms"), replies=((effect, Aside(method)),)
        )
        for method in ("cancel", "sign_out", "close")
        for effect in (terms.FindTerms, terms.RecordAcceptance, step_up.CheckCode, step_up.MakePayment)
    },
    "cancelled at start-up": _script(ACCEPT, stored=True, replies=((terms.FindTerms, Aside("cancel")),)),
}
