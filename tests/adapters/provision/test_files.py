"""The configuration files: what they say, that they say the same, and that nothing of somebody else's is lost."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import attrs
import pytest

from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.provision.execute import execute
from authflow.adapters.provision.files import AMPLIFY_OUTPUTS, NAMES, Written, contents, write
from authflow.adapters.provision.plan import plan
from authflow.adapters.provision.services import Services, aws_services, local_services
from authflow.adapters.provision.subject import subject_of
from authflow.adapters.provision.wishes import HostedUi, Wishes
from authflow.errors import AuthFlowError, ErrorCode
from authflow.frontend.traits import PasswordPolicy
from authflow.states import AuthFlowType

pytestmark = pytest.mark.filterwarnings("default")
USUAL = Wishes(project="shop", identity_pool=False)
PAGES = HostedUi(
    domain="shop-pages",
    callback_urls=("https://shop.example.com/", "http://localhost:3000/"),
    sign_out_urls=("https://shop.example.com/out",),
)


def files_of(wishes: Wishes, services: Services) -> dict[str, Any]:
    return contents(wishes, execute(plan(wishes), services), services)


def local_files(wishes: Wishes) -> dict[str, Any]:
    with LocalPool() as pool:
        return files_of(wishes, local_services(pool))


def told(directory: Path, files: dict[str, Any], *, force: bool = False) -> list[Written]:
    return list(write(directory, files, force=force))


@pytest.mark.parametrize(
    "wishes",
    [
        USUAL,
        attrs.evolve(USUAL, sign_in_with=("email",), required_attributes=("name",), mfa="ON", mfa_methods=("TOTP",)),
        attrs.evolve(USUAL, flows=("password",), secret=True, password_policy=PasswordPolicy(min_length=12)),
        attrs.evolve(
            USUAL, flows=("choice", "srp"), first_factors=("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"), relying_party="a.org"
        ),
        attrs.evolve(USUAL, flows=("custom",), mfa="OPTIONAL", mfa_methods=("TOTP", "SMS")),
    ],
)
def test_every_file_says_what_was_wished_for(wishes: Wishes, tmp_path: Path) -> None:
    files = local_files(wishes)
    assert set(files) == set(NAMES) - ({AMPLIFY_OUTPUTS} if wishes.secret else set())
    told(tmp_path, files)
    flow = {"srp": "USER_SRP_AUTH", "password": "USER_PASSWORD_AUTH", "custom": "CUSTOM_AUTH", "choice": "USER_AUTH"}
    for name in files:
        config = load_config(tmp_path / name)
        assert config.auth_flow is AuthFlowType(flow[wishes.flows[0]])
        assert config.password_policy == wishes.password_policy
        assert set(config.username_attributes) == set(wishes.username_attributes)
        assert set(config.required_attributes) == set(wishes.required)
        assert config.user_verification_types == wishes.verified
        assert config.mfa_configuration == wishes.mfa
        assert set(config.mfa_methods) == set(wishes.mfa_methods)
        assert (config.client_secret is not None) is wishes.secret
    if AMPLIFY_OUTPUTS in files:
        assert load_config(tmp_path / AMPLIFY_OUTPUTS).passkeys is wishes.passkeys


def test_the_identity_pool_and_the_pages_stand_in_all_of_them(aws: dict[str, Any], tmp_path: Path) -> None:
    wishes = Wishes(project="shop", hosted_ui=PAGES, guests=True)
    told(tmp_path, files_of(wishes, aws_services(region="eu-west-1")))
    configs: list[PoolConfig] = []
    for name in NAMES:
        subject = subject_of(tmp_path / name)
        assert subject.config is not None
        assert subject.pages is not None
        configs.append(subject.config)
        assert subject.pages.domain == "shop-pages.auth.eu-west-1.amazoncognito.com"
        assert subject.pages.scopes == PAGES.scopes
        assert subject.pages.sign_in[0] == "https://shop.example.com/"
        assert subject.pages.sign_out == ("https://shop.example.com/out",)
    assert len({config.identity_pool_id for config in configs}) == 1
    assert configs[0].identity_pool_id is not None
    assert configs[0].identity_pool_id.startswith("eu-west-1:")
    outputs = json.loads((tmp_path / AMPLIFY_OUTPUTS).read_text(encoding="utf-8"))["auth"]
    assert outputs["unauthenticated_identities_enabled"] is True
    assert outputs["oauth"]["redirect_sign_in_uri"] == list(PAGES.callback_urls)
    assert outputs["oauth"]["response_type"] == "code"


def test_files_are_for_their_owner_and_leave_nothing_beside(tmp_path: Path) -> None:
    told(tmp_path, local_files(USUAL))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_same_again_is_not_written_again(tmp_path: Path) -> None:
    files = local_files(USUAL)
    assert [written.changed for written in told(tmp_path, files)] == [True] * 3
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert [written.changed for written in told(tmp_path, files)] == [False] * 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("held", ["{}", "no JSON", '{"auth": {}}'])
def test_what_a_file_holds_is_not_lost(held: str, tmp_path: Path) -> None:
    files = local_files(USUAL)
    mine = tmp_path / AMPLIFY_OUTPUTS
    mine.write_text(held, encoding="utf-8")
    with pytest.raises(
        AuthFlowError, match=r"amplify_outputs\.json is there already and holds something else"
    ) as error:
        told(tmp_path, files)
    assert error.value.code is ErrorCode.INVALID_CONFIGURATION
    assert [path.name for path in tmp_path.iterdir()] == [AMPLIFY_OUTPUTS]
    assert mine.read_text(encoding="utf-8") == held
    backups = [written.backup for written in told(tmp_path, files, force=True) if written.backup is not None]
    assert backups == [tmp_path / f"{AMPLIFY_OUTPUTS}.bak"]
    assert backups[0].read_text(encoding="utf-8") == held
    mine.write_text("later", encoding="utf-8")
    told(tmp_path, files, force=True)
    assert backups[0].read_text(encoding="utf-8") == held
    assert (tmp_path / f"{AMPLIFY_OUTPUTS}.bak1").read_text(encoding="utf-8") == "later"


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(AuthFlowError, match=r"awsconfiguration\.json cannot be written: No such file or directory"):
        told(tmp_path / "nowhere", local_files(USUAL))
