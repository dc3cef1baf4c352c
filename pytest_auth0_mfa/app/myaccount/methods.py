"""The seven operations of the My Account API."""

from __future__ import annotations

from urllib.parse import quote

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import METHODS
from pytest_auth0_mfa.tenant import account
from pytest_auth0_mfa.tenant.methods import PHONES

from .call import AccountCall

_ADDRESS = {"email": "email", "phone": "phone_number"}
_PREFERRED = "preferred_authentication_method"


def list_factors(call: AccountCall) -> Json:
    """List the factors that are on: entries M4 and D-39 of the contract."""
    listed = account.factors(call.tenant)
    return listed if call.tenant.rules.me_factors_as == "array" else {"factors": listed}


def list_methods(call: AccountCall) -> Json:
    """List the user's methods, perhaps those of one type: entry M5 of the contract."""
    asked = call.query("type")
    kind = asked[0] if asked else None
    known = len(asked) < 2 and kind in (None, *account.ALL_TYPES)
    if not known and call.tenant.rules.me_invalid_query != "200":
        raise account.invalid(call.tenant, "me_invalid_query", "/type", "must be equal to one of the allowed values")
    return {"authentication_methods": account.rows(call.tenant, call.user, kind)}


def create_method(call: AccountCall) -> Json:
    """Begin to enroll a method: entries M6 to M9 of the contract."""
    given = call.body()
    kind = given.get("type")
    if kind is not None and kind not in account.TYPES and isinstance(kind, str):
        raise account.invalid(call.tenant, "me_unsupported_type", "/type", "must be equal to one of the allowed values")
    address = _ADDRESS.get(str(kind))
    optional = (_PREFERRED,) if kind == "phone" else ()
    texts = call.texts(given, ("type", *([address] if address else [])), optional)
    channel = call.choice(texts, _PREFERRED, PHONES)
    begun = account.begin(call.tenant, call.user, texts["type"], texts[address] if address else None, channel)
    call.headers["location"] = _address(call, str(begun["id"]))
    return begun


def verify_method(call: AccountCall) -> Json:
    """Confirm the method that a session enrolls: entry M10 of the contract."""
    given = call.texts(call.body(), ("auth_session",), ("otp_code",))
    for name, value in given.items():
        if not value:
            raise call.invalid(f"/{name}", "must NOT have fewer than 1 characters")
    method = account.verify(call.tenant, call.user, call.method_id, given["auth_session"], given.get("otp_code"))
    call.headers["location"] = _address(call, account.id_of(method))
    return account.row(call.tenant, call.user, method)


def get_method(call: AccountCall) -> Json:
    """One method: entries M11 and M14 of the contract."""
    return account.row(call.tenant, call.user, account.find(call.tenant, call.user, call.method_id))


def update_method(call: AccountCall) -> Json:
    """Rename a method, or set the preferred channel of a phone: entry M12 of the contract."""
    given = call.texts(call.body(), (), ("name", _PREFERRED))
    channel = call.choice(given, _PREFERRED, PHONES)
    method = account.change(call.tenant, call.user, call.method_id, given.get("name"), channel)
    return account.row(call.tenant, call.user, method)


def delete_method(call: AccountCall) -> None:
    """Delete a method: entry M13 of the contract."""
    account.delete(call.tenant, call.user, call.method_id)


def _address(call: AccountCall, id: str) -> str:
    """The absolute address of a method."""
    return f"{call.tenant.url}{METHODS}/{quote(id, safe='')}"
