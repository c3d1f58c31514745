"""The worked examples of regions of an application's own, each a whole story on the local pool."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import anyio
import attrs
import pytest

from authflow import (
    ActionRejected,
    AsyncAuthFlow,
    AuthFlow,
    ErrorCode,
    ErrorInfo,
    ServiceRefused,
    Unreachable,
    UserState,
)
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.adapters.texts import Catalogue
from authflow.declare import Effect, Outcome, Vault
from authflow.drivers.subscribing import Callback
from authflow.errors import exception_from
from authflow.events import Event
from authflow.ports import TokenStore
from authflow.states import FlowStatus, ScreenState
from authflow.values import Settings
from tests.drivers.laws import assert_drawable, assert_valid_json
from tests.examples_of_regions import BOTH, STEP_UP, TERMS, step_up, terms

PASSWORD: Final = "Correct-horse-9"
CODE: Final = "424242"


@attrs.define
class Shop:
    """The application: whose terms, code and ledger the regions ask for."""

    version: str = "2026-01"
    accepted: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    paid: list[tuple[str, str]] = attrs.Factory(list)
    asked: list[str] = attrs.Factory(list)
    is_down: bool = False

    def find(self, effect: Any, vault: Vault) -> Outcome:
        self.asked.append(effect.username)
        self._demand_up()
        known = self.version in self.accepted[effect.username]
        found: Outcome = terms.TermsFound(effect_id=effect.id, version=self.version, accepted=known)
        return found

    def record(self, effect: Any, vault: Vault) -> Outcome:
        self._demand_up()
        self.accepted[effect.username].add(effect.version)
        done: Outcome = terms.TermsAccepted(effect_id=effect.id)
        return done

    def check(self, effect: Any, vault: Vault) -> Outcome:
        if vault.text(effect.code) != CODE:
            raise exception_from(ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="That is another code.", field="code"))
        proven: Outcome = step_up.StepUpProven(effect_id=effect.id)
        return proven

    def pay(self, effect: Any, vault: Vault) -> Outcome:
        self.paid.append((effect.username, effect.amount))
        paid: Outcome = step_up.Paid(effect_id=effect.id)
        return paid

    def _demand_up(self) -> None:
        if self.is_down:
            raise exception_from(ErrorInfo(code=ErrorCode.NOT_SENT, message="The shop cannot be reached."))

    @property
    def performers(self) -> dict[type[Effect], Any]:
        return {
            terms.FindTerms: self.find,
            terms.RecordAcceptance: self.record,
            step_up.CheckCode: self.check,
            step_up.MakePayment: self.pay,
        }

    def performing(self, *regions: Any) -> dict[type[Effect], Any]:
        wanted = {effect for region in regions for effect in region.outcomes_of}
        return {effect: performer for effect, performer in self.performers.items() if effect in wanted}


@pytest.fixture
def pool() -> LocalPool:
    pool = LocalPool()
    pool.quickstart()
    for name in ("ana", "bob"):
        with AuthFlow.local(pool) as flow:
            flow.sign_up(name, PASSWORD, user_attributes={"email": f"{name}@example.com"})
            flow.confirm_sign_up(name, pool.last_code(name))
    return pool


@pytest.fixture
def shop() -> Shop:
    return Shop()


def opened(pool: LocalPool, shop: Shop, *regions: Any, store: TokenStore | None = None) -> AuthFlow:
    """Returns a flow of the shop, all of whose snapshots are looked at."""
    flow = AuthFlow.local(
        pool, settings=Settings(regions=regions), performers=shop.performing(*regions), token_store=store
    )
    flow.subscribe(_looking_at(flow))
    flow.initialize()
    return flow


def _looking_at(flow: AuthFlow) -> Callback:
    def look(event: Event) -> None:
        snapshot = flow.snapshot()
        assert_valid_json(snapshot.to_json())
        assert_drawable(snapshot)

    return look


def enabled(flow: AuthFlow) -> list[str]:
    return [action.id for action in flow.snapshot().actions if action.enabled]


# Terms


def test_terms_are_asked_once_for_each_version_and_user(pool: LocalPool, shop: Shop) -> None:
    store = MemoryTokenStore()
    with opened(pool, shop, TERMS, store=store) as flow:
        heard: list[Event] = []
        flow.subscribe(heard.append)
        assert flow.sign_in("ana", PASSWORD).screen == "terms.asked"
        snapshot = flow.snapshot()
        assert Catalogue(TERMS.texts).title(snapshot) == "Accept the terms"
        assert (snapshot.parameters, enabled(flow)) == ({"version": "2026-01"}, ["accept_terms", "sign_out"])
        # They are asked of who is signed in, and not in the way of programs.
        assert flow.user_state is UserState.signedIn
        assert flow.get_tokens().access_token.reveal()
        assert flow.submit("accept_terms").screen is ScreenState.signedIn
        (told,) = [event for event in heard if event.kind == "terms.accepted"]
        assert told.version == "2026-01"  # type: ignore[attr-defined]  # loaded from its path
    (username,) = shop.accepted
    assert shop.accepted[username] == {"2026-01"}
    with opened(pool, shop, TERMS, store=store) as again:  # the next start of the program
        assert again.snapshot().screen is ScreenState.signedIn
        again.sign_out()
        assert again.sign_in("bob", PASSWORD).screen == "terms.asked"
        again.sign_out()
    shop.version = "2027-01"
    with opened(pool, shop, TERMS) as later:
        assert later.sign_in("ana", PASSWORD).screen == "terms.asked"
        assert later.snapshot().parameters == {"version": "2027-01"}


def test_whoever_does_not_accept_signs_out_and_is_asked_again(pool: LocalPool, shop: Shop) -> None:
    with opened(pool, shop, TERMS) as flow:
        flow.sign_in("ana", PASSWORD)
        assert flow.submit("sign_out").screen is ScreenState.signIn
        assert flow.snapshot().states["terms"] == "IDLE"
        assert flow.sign_in("ana", PASSWORD).screen == "terms.asked"
    assert not any(shop.accepted.values())


def test_a_shop_that_is_down_lets_nobody_by_and_nobody_down(pool: LocalPool, shop: Shop) -> None:
    shop.is_down = True
    with opened(pool, shop, TERMS) as flow:
        assert flow.sign_in("ana", PASSWORD).screen == "terms.unknown"  # the sign-in did not fail
        snapshot = flow.snapshot()
        assert snapshot.error is not None
        assert (snapshot.error.code, enabled(flow)) == (ErrorCode.NOT_SENT, ["retry_terms", "sign_out"])
        assert len(shop.asked) == 1
        with pytest.raises(Unreachable):  # this time somebody asked
            flow.submit("retry_terms")
        shop.is_down = False
        assert flow.submit("retry_terms").screen == "terms.asked"
        shop.is_down = True
        with pytest.raises(Unreachable):
            flow.submit("accept_terms")
        assert flow.snapshot().screen == "terms.asked"
        shop.is_down = False
        assert flow.submit("accept_terms").error is None


def test_another_user_of_the_same_store_is_asked_too(pool: LocalPool, shop: Shop) -> None:
    store = MemoryTokenStore()
    with opened(pool, shop, *BOTH, store=store) as flow, opened(pool, shop, TERMS, store=store) as elsewhere:
        flow.sign_in("ana", PASSWORD)
        flow.submit("accept_terms")
        _step_up(flow)
        elsewhere.sync_session()
        elsewhere.sign_out()
        elsewhere.sign_in("bob", PASSWORD)
        flow.sync_session()
        assert (flow.username, flow.snapshot().screen) == (elsewhere.username, "terms.asked")
        assert flow.snapshot().states["step_up"] == "IDLE"
        with pytest.raises(ActionRejected):
            flow.submit("pay", {"amount": "1"})
    assert shop.paid == []
    assert len(set(shop.asked)) == 2


# Step-up


def _step_up(flow: AuthFlow) -> None:
    flow.submit("ask_step_up")
    flow.submit("prove_step_up", {"code": CODE})


@pytest.fixture
def paying(pool: LocalPool, shop: Shop) -> Iterator[AuthFlow]:
    with opened(pool, shop, STEP_UP) as flow:
        flow.sign_in("ana", PASSWORD)
        yield flow


def test_a_payment_takes_a_fresh_proof(paying: AuthFlow, shop: Shop) -> None:
    assert "pay" not in enabled(paying)
    assert "ask_step_up" in enabled(paying)
    with pytest.raises(ActionRejected, match="A payment needs a fresh proof"):
        paying.submit("pay", {"amount": "12.50"})
    assert paying.submit("ask_step_up").screen == "step_up.asked"
    with pytest.raises(ServiceRefused) as caught:
        paying.submit("prove_step_up", {"code": "000000"})
    assert (caught.value.code, caught.value.info.field) == (ErrorCode.CODE_MISMATCH, "code")
    assert paying.submit("prove_step_up", {"code": CODE}).status is FlowStatus.done
    assert shop.paid == []
    assert paying.submit("pay", {"amount": "12.50"}).error is None
    assert shop.paid == [(paying.flow.context.account.username, "12.50")]  # type: ignore[union-attr]  # signed in
    # One proof, one payment.
    with pytest.raises(ActionRejected):
        paying.submit("pay", {"amount": "12.50"})
    assert len(shop.paid) == 1


def test_a_proof_holds_for_five_minutes(paying: AuthFlow, pool: LocalPool, shop: Shop) -> None:
    _step_up(paying)
    pool.advance(step_up.HOLDS - 1)
    assert "pay" in enabled(paying)
    pool.advance(1)
    assert "pay" not in enabled(paying)
    with pytest.raises(ActionRejected):
        paying.submit("pay", {"amount": "1"})
    _step_up(paying)
    paying.submit("pay", {"amount": "1"})
    assert len(shop.paid) == 1


def test_a_step_up_can_be_left(paying: AuthFlow, shop: Shop) -> None:
    paying.submit("ask_step_up")
    assert paying.submit("back").screen is ScreenState.signedIn
    assert "pay" not in enabled(paying)
    paying.submit("ask_step_up")
    paying.sign_out()
    assert paying.snapshot().screen is ScreenState.signIn
    paying.sign_in("ana", PASSWORD)
    assert paying.snapshot().states["step_up"] == "IDLE"
    assert shop.paid == []


# Both, and the other driver


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_go_together_in_the_async_driver(pool: LocalPool, shop: Shop, backend: str) -> None:
    async def main() -> None:
        settings = Settings(regions=BOTH)
        async with AsyncAuthFlow.local(pool, settings=settings, performers=shop.performers) as flow:
            await flow.initialize()
            result = await flow.sign_in("ana", PASSWORD)
            assert result.screen == "terms.asked"
            with pytest.raises(ActionRejected):  # one after the other
                await flow.submit("ask_step_up")
            await flow.submit("accept_terms")
            await flow.submit("ask_step_up")
            await flow.submit("prove_step_up", {"code": CODE})
            await flow.submit("pay", {"amount": "3"})
            assert (await flow.submit("sign_out")).screen is ScreenState.signIn

    anyio.run(main, backend=backend)
    assert [amount for _, amount in shop.paid] == ["3"]
