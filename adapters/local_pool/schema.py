"""A pool's attributes: which exist, which are required, what values they take."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

from .errors import invalid, unauthorized, unmodelled
from .records import Client, Json, Pool

# The standard attributes of OpenID Connect in the order and with the limits that DescribeUserPool lists.
_STANDARD: Final = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
]
_DERIVED: Final = {
    "sub": "String",
    "email_verified": "Boolean",
    "phone_number_verified": "Boolean",
    "updated_at": "Number",
}
VERIFIED: Final = {"email": "email_verified", "phone_number": "phone_number_verified"}
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
_PHONE: Final = re.compile(r"\+[0-9]{5,15}", re.ASCII)  # E.164
_BIRTHDATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def is_email(text: str) -> bool:
    """Whether the text has the form of an email address."""
    return _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Whether the text is a phone number in E.164 form."""
    return _PHONE.fullmatch(text) is not None


def build(requested: Iterable[Json]) -> list[Json]:
    """Answer a pool's full schema from CreateUserPool's ``Schema``.

    Raises:
        PoolError: An attribute cannot be as requested.
    """
    schema = {name: _standard(name) for name in (*_STANDARD, *_DERIVED)}
    schema["sub"].update(Required=True, Mutable=False)
    for entry in requested:
        name = str(entry.get("Name") or "")
        if not name:
            invalid("Schema attribute must have a name.")
        if entry.get("DeveloperOnlyAttribute"):
            unmodelled("DeveloperOnlyAttribute of Schema")
        if name in schema:
            schema[name] = schema[name] | {k: v for k, v in entry.items() if v is not None}
            continue
        if entry.get("Required"):
            invalid("Required custom attributes are not supported currently.")
        full = f"custom:{name.removeprefix('custom:')}"
        kind = entry.get("AttributeDataType") or "String"
        schema[full] = _standard(full) | {"Mutable": True, **entry, "Name": full, "AttributeDataType": kind}
    return list(schema.values())


def _standard(name: str) -> Json:
    kind = _DERIVED.get(name, "String")
    entry: Json = {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
    }
    if kind == "String":
        entry["StringAttributeConstraints"] = {"MinLength": "0", "MaxLength": "2048"}
    return entry


def _by_name(pool: Pool) -> dict[str, Json]:
    return {entry["Name"]: entry for entry in pool.settings["SchemaAttributes"]}


def names(pool: Pool) -> frozenset[str]:
    """Answer the names of all attributes of a pool."""
    return frozenset(_by_name(pool))


def required(pool: Pool) -> list[str]:
    """Answer the attributes that a user must have, without ``sub``."""
    return [name for name, entry in _by_name(pool).items() if entry["Required"] and name != "sub"]


def as_dict(attributes: Iterable[Json] | None) -> dict[str, str]:
    """Answer a request's list of name and value as a dictionary; the last of a name counts."""
    return {item["Name"]: item.get("Value") or "" for item in attributes or ()}


def as_list(attributes: Mapping[str, str]) -> list[Json]:
    """Answer attributes as a list of name and value."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def check(pool: Pool, attributes: Mapping[str, str]) -> None:
    """Check that attributes exist and their values have the right form.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    known = _by_name(pool)
    for name, value in attributes.items():
        if name not in known:
            _nonconforming(name, "Attribute does not exist in the schema.")
        _check_value(known[name], value)


def check_required(pool: Pool, attributes: Mapping[str, str]) -> None:
    """Check that no required attribute is missing or empty.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    for name in required(pool):
        if not attributes.get(name):
            _nonconforming(name, "The attribute is required")


def check_kept(pool: Pool, changes: Mapping[str, str]) -> None:
    """Check that changes leave no required attribute empty. Accounts that an administrator made may lack some.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    for name in required(pool):
        if changes.get(name) == "":
            _nonconforming(name, "The attribute is required")


def check_mutable(pool: Pool, names: Iterable[str]) -> None:
    """Check that attributes can be changed.

    Immutable ones keep, whoever asks, the value that their account was made with (developer guide, "Working with user
    attributes").

    Raises:
        PoolError: ``InvalidParameterException``, also for one that the schema does not have.
    """
    known = _by_name(pool)
    for name in names:
        if name not in known:
            _nonconforming(name, "Attribute does not exist in the schema.")
        if not known[name]["Mutable"]:
            invalid(f"user.{name}: Attribute cannot be updated.\n")


def check_writable(pool: Pool, client: Client, attributes: Iterable[str]) -> None:
    """Check that an app client may write these attributes.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    allowed = client.settings.get("WriteAttributes")
    known = _by_name(pool)
    for name in attributes:
        derived = name in ("sub", *VERIFIED.values())
        if derived or (allowed is not None and name not in allowed and name in known):
            unauthorized("A client attempted to write unauthorized attribute")


def readable(client: Client, attributes: Mapping[str, str]) -> dict[str, str]:
    """Answer the attributes that an app client may read."""
    allowed = client.settings.get("ReadAttributes")
    return {k: v for k, v in attributes.items() if allowed is None or k in allowed or k == "sub"}


def _nonconforming(name: str, reason: str) -> NoReturn:
    invalid(f"Attributes did not conform to the schema: {name}: {reason}\n")


def _check_value(entry: Json, value: str) -> None:
    name, kind = entry["Name"], entry["AttributeDataType"]
    if name == "email" and value and not is_email(value):
        invalid("Invalid email address format.")
    if name == "phone_number" and value and not is_phone(value):
        invalid("Invalid phone number format.")
    if name == "birthdate" and value and not _BIRTHDATE.fullmatch(value):
        _nonconforming(name, "Invalid birthdate format.")
    if kind == "Boolean" and value.lower() not in ("true", "false"):
        _nonconforming(name, "Attribute value must be true or false.")
    if kind == "Number":
        _check_number(entry, value)
    if kind == "String":
        _check_length(entry, value)


def _check_number(entry: Json, value: str) -> None:
    limits = entry.get("NumberAttributeConstraints") or {}
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        _nonconforming(entry["Name"], "Attribute value must be a number.")
    low, high = limits.get("MinValue"), limits.get("MaxValue")
    if (low is not None and int(value) < int(low)) or (high is not None and int(value) > int(high)):
        _nonconforming(entry["Name"], "Attribute value is out of range.")


def _check_length(entry: Json, value: str) -> None:
    limits = entry.get("StringAttributeConstraints") or {}
    low, high = int(limits.get("MinLength") or 0), int(limits.get("MaxLength") or 2048)
    if not low <= len(value) <= high:
        _nonconforming(entry["Name"], f"String must be {low} to {high} characters long.")
