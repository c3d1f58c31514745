"""The configuration files of what is there: awsconfiguration.json, amplifyconfiguration.json, amplify_outputs.json.

They are made of what the services say, not of what was wished for, and read back before they count as written.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.local_pool import amplify_outputs, aws_configuration
from authflow.adapters.provision.aws_errors import error_of
from authflow.adapters.provision.execute import Report
from authflow.adapters.provision.plan import Kind
from authflow.adapters.provision.requests import FLOWS
from authflow.adapters.provision.services import Json, Services
from authflow.adapters.provision.wishes import Wishes
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

AWSCONFIGURATION: Final = "awsconfiguration.json"
AMPLIFYCONFIGURATION: Final = "amplifyconfiguration.json"
AMPLIFY_OUTPUTS: Final = "amplify_outputs.json"
NAMES: Final = (AWSCONFIGURATION, AMPLIFYCONFIGURATION, AMPLIFY_OUTPUTS)


@attrs.frozen(kw_only=True)
class Written:
    """What became of a file.

    Args:
        path: the file.
        changed: whether it was written; otherwise it held the same already.
        backup: where what it held before is kept.
    """

    path: Path
    changed: bool
    backup: Path | None = None


def contents(wishes: Wishes, reports: tuple[Report, ...], services: Services) -> dict[str, Json]:
    """Returns what each file is to hold, by its name; an app client with a secret has no amplify_outputs.json.

    Raises:
        AuthFlowError: the services do not tell what is there, or an app client that was found lets nobody sign in.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    failed: AuthFlowError
    try:
        return _contents(wishes, reports, services)
    except (BotoCoreError, ClientError) as error:
        failed = error_of(error, "The description of what was made")
    except ValueError as error:
        failed = _error(f"No configuration can be written: {error}.")
    raise failed


def _contents(wishes: Wishes, reports: tuple[Report, ...], services: Services) -> dict[str, Json]:
    ids = {report.step.kind: report.identifier for report in reports}
    name = {"UserPoolId": ids[Kind.USER_POOL]}
    call = services.user_pools
    pool = call("DescribeUserPool", name)["UserPool"]
    client = call("DescribeUserPoolClient", {**name, "ClientId": ids[Kind.APP_CLIENT]})["UserPoolClient"]
    told = (
        pool,
        _as_wished(client, wishes),
        call("GetUserPoolMfaConfig", name),
        services.pages_url(ids[Kind.DOMAIN]) if Kind.DOMAIN in ids else None,
        services.identity_pools("DescribeIdentityPool", {"IdentityPoolId": ids[Kind.IDENTITY_POOL]})
        if Kind.IDENTITY_POOL in ids
        else None,
    )
    files = {
        AWSCONFIGURATION: aws_configuration.described(*told),
        AMPLIFYCONFIGURATION: aws_configuration.gen_1(*told),
    }
    return files if client.get("ClientSecret") else {**files, AMPLIFY_OUTPUTS: amplify_outputs.described(*told)}


def _as_wished(client: Json, wishes: Wishes) -> Json:
    """Returns an app client with the one flow that people begin with: the first of those wished for that it allows."""
    wished = [FLOWS[flow] for flow in wishes.flows if FLOWS[flow] in client["ExplicitAuthFlows"]]
    return {**client, "ExplicitAuthFlows": wished[:1] or client["ExplicitAuthFlows"]}


def existing(directory: Path) -> list[Path]:
    """Returns the configuration files that a directory has already."""
    return [directory / name for name in NAMES if (directory / name).exists()]


def different(directory: Path, files: Mapping[str, Json]) -> list[Path]:
    """Returns the files that a directory has already, and that hold something else than they are to."""
    return [directory / name for name, content in files.items() if _held(directory / name) not in (None, content)]


def write(directory: Path, files: Mapping[str, Json], *, force: bool = False) -> Iterator[Written]:
    """Writes the files, and yields what became of each.

    Args:
        directory: where.
        files: what each file is to hold, by its name.
        force: whether a file that holds something else is replaced; what it held is kept beside it as `.bak`.

    Raises:
        AuthFlowError: a file holds something else and is not to be replaced, cannot be written, or does not say the
            same as the others when it is read back.
    """
    others = different(directory, files)
    if others and not force:
        raise refusal(others)
    meanings: list[PoolConfig] = []
    for name, content in files.items():
        yield _write_one(directory / name, content)
        meanings.append(_meaning(directory / name))
        if meanings[-1] != meanings[0]:
            raise _error(f"{directory / name} does not say the same as {directory / next(iter(files))}: do not use it.")


def refusal(paths: list[Path]) -> AuthFlowError:
    """Returns the error of files that are there and are not to be replaced."""
    names = ", ".join(map(str, paths))
    are = "is there already and holds" if len(paths) == 1 else "are there already and hold"
    return _error(f"{names} {are} something else: --force replaces and keeps a copy; --directory writes elsewhere.")


def _held(path: Path) -> object:
    """Returns what a file holds: None when there is none, its text when it is no JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _write_one(path: Path, content: Json) -> Written:
    held = _held(path)
    if held == content:
        return Written(path=path, changed=False)
    failed = ""
    try:
        backup = None if held is None else _backup(path)
        unfinished = path.with_name(f"{path.name}.unfinished")
        # It may hold a client secret: for its owner alone from the first byte on.
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2) + "\n")
        unfinished.replace(path)
        return Written(path=path, changed=True, backup=backup)
    except OSError as error:
        failed = error.strerror or type(error).__name__
    raise _error(f"{path} cannot be written: {failed}. Correct that, and repeat the command.")


def _backup(path: Path) -> Path:
    """Moves a file out of the way, to a name that nothing has yet."""
    numbered = (path.with_name(f"{path.name}.bak{number or ''}") for number in range(1000))
    free = next(candidate for candidate in numbered if not candidate.exists())
    path.rename(free)
    return free


def _meaning(path: Path) -> PoolConfig:
    # What only one of the formats has a place for is left out.
    return attrs.evolve(load_config(path), oauth=None, passkeys=None, preferred_challenge=None)


def _error(message: str) -> AuthFlowError:
    return exception_from(
        ErrorInfo(code=ErrorCode.INVALID_CONFIGURATION, message=message, recovery=Recovery.FIX_CONFIGURATION)
    )
