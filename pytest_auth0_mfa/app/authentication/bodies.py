"""What a client sent: parameters of a JSON or form body."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

from pytest_auth0_mfa.messages import Json, Request, decode
from pytest_auth0_mfa.spec.operations import FORM_TYPE, JSON_TYPE
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.tenant import Tenant


class Params:
    """Named parameters. ``null`` and empty strings count as absent: auth0-python sends them."""

    __slots__ = ("_tenant", "values")

    def __init__(self, tenant: Tenant, values: dict[str, Json]) -> None:
        self._tenant = tenant
        self.values = values

    def text(self, name: str) -> str | None:
        """A string, or None when absent. Refuses other types."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise self._tenant.refusal("wrong_type", name=name)

    def required(self, name: str) -> str:
        """A string. Refuses its absence."""
        value = self.values.get(name)
        if isinstance(value, str) and value:
            return value
        raise self._tenant.refusal("missing_parameter" if value is None or value == "" else "wrong_type", name=name)

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty when absent. Refuses other types."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, str) and self._tenant.rules.string_for_list:
            return [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._tenant.refusal("wrong_type", name=name)
        return value


def media_type(request: Request) -> str:
    """The media type of the body, without parameters, in lower case."""
    label = request.headers.get("content-type", "")
    return label if label == JSON_TYPE else label.partition(";")[0].strip().lower()


def parse(tenant: Tenant, request: Request, json_as_form: Callable[[Profile], bool]) -> dict[str, Json]:
    """The parameters of a body that may be JSON or a form.

    ``json_as_form``: the field of the profile that says whether JSON is read although it is labelled as a form.
    """
    kind = media_type(request)
    if kind == JSON_TYPE or kind.endswith("+json"):
        return parse_json(tenant, request)
    if kind not in (FORM_TYPE, ""):
        raise tenant.refusal("unreadable_body")
    if request.body.lstrip()[:1] == b"{" and (not kind or json_as_form(tenant.rules)):
        return parse_json(tenant, request)
    return parse_form(tenant, request)


def parse_json(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The members of a JSON object."""
    try:
        values = decode(request.body)
    except (ValueError, RecursionError):
        raise tenant.refusal("unreadable_body") from None
    if not isinstance(values, dict):
        raise tenant.refusal("unreadable_body")
    return values


def parse_form(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The fields of a form. A repeated one is refused: RFC 6749, section 3.2."""
    try:
        pairs = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise tenant.refusal("unreadable_body") from None
    values: dict[str, Json] = {}
    for name, value in pairs:
        if name in values:
            raise tenant.refusal("repeated_parameter", name=name)
        values[name] = value
    return values
