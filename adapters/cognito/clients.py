"""The AWS SDK's clients: made here, at the first call, as the wire's settings say.

boto3 is imported where a client is made: whoever brings one, or calls nobody, does not wait for it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import PoolConfig

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from botocore.hooks import BaseEventHooks
    from types_boto3_cognito_identity.client import CognitoIdentityClient
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

_HOOK: Final = "authflow-check-body"


def new_client(config: PoolConfig, wire: Wire) -> "CognitoIdentityProviderClient":
    """Makes a client for the user pool: unsigned, with the configured region and endpoint, and no retries.

    The operations that we call "aren't authorized with AWS credentials" (Cognito API reference), so none are sought.
    """
    from botocore import UNSIGNED

    return _session(wire).client(
        "cognito-idp", **_where(config, config.region, wire), config=_options(wire, signature_version=UNSIGNED)
    )


def new_admin_client(config: PoolConfig, wire: Wire) -> "CognitoIdentityProviderClient":
    """Makes a client that signs with the AWS credentials that boto3 finds; see `new_client`."""
    return _session(wire).client("cognito-idp", **_where(config, config.region, wire), config=_options(wire))


def new_identity_client(config: PoolConfig, wire: Wire) -> "CognitoIdentityClient":
    """Makes a client for the identity pool, which may be in another region; see `new_client`.

    GetId and GetCredentialsForIdentity are public operations ("no credentials needed", API reference).
    """
    from botocore import UNSIGNED

    region = (config.identity_pool_id or "").partition(":")[0]  # IdentityPoolId: "in the format REGION:GUID"
    return _session(wire).client(
        "cognito-identity", **_where(config, region, wire), config=_options(wire, signature_version=UNSIGNED)
    )


def _session(wire: Wire) -> "Session":
    import boto3.session

    # Never boto3's default session, which is shared with the whole process and is not thread-safe.
    return wire.boto3_session if wire.boto3_session is not None else boto3.session.Session()


def _where(config: PoolConfig, region: str, wire: Wire) -> dict[str, Any]:
    return {"region_name": region, "endpoint_url": config.endpoint, "verify": wire.verify}


def _options(wire: Wire, **more: Any) -> "Config":
    from botocore.config import Config

    return Config(
        **more,
        connect_timeout=wire.connect_timeout,
        read_timeout=wire.read_timeout,
        proxies=None if wire.proxies is None else dict(wire.proxies),
        max_pool_connections=wire.max_pool_connections,
        retries={"total_max_attempts": 1},
    )


def refuse_nonsense(client: object) -> None:
    """Has a client raise for an answer that is no JSON object. An empty one is right: RevokeToken's is, for example.

    botocore takes it for an object without fields (`BaseJSONParser._parse_body_as_json`), so that a proxy's page with
    the status 200 would pass for the success of every operation that answers nothing.
    """
    for events, name in _answers_of(client):
        events.register(name, _check_body, _HOOK, unique_id_uses_count=True)  # several providers may share a client


def accept_nonsense(client: object) -> None:
    """Undoes `refuse_nonsense`, for a client that lives on."""
    for events, name in _answers_of(client):
        events.unregister(name, _check_body, _HOOK, unique_id_uses_count=True)


def _answers_of(client: object) -> "Iterator[tuple[BaseEventHooks, str]]":
    meta = getattr(client, "meta", None)
    events, model = getattr(meta, "events", None), getattr(meta, "service_model", None)
    if events is not None and model is not None:
        yield events, f"response-received.{model.service_id.hyphenize()}"


def _check_body(response_dict: Mapping[str, object] | None = None, **_: object) -> None:
    from botocore.parsers import ResponseParserError

    fields = response_dict or {}
    body, status = fields.get("body"), fields.get("status_code")
    if isinstance(body, bytes) and body and isinstance(status, int) and status < 300 and not _is_object(body):
        raise ResponseParserError("The answer is no JSON object.")


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
