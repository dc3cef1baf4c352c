"""The sandbox page as a person uses it, in Chromium."""

from __future__ import annotations

import io
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from helpers.chromium import chromium, needs_chromium

from pytest_auth0_mfa import Tenant, serve
from pytest_auth0_mfa.cli.tenant_file import load
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.policies import DemandFor
from pytest_auth0_mfa.tenant.tokens import SameForAll
from pytest_auth0_mfa.tenant.totp import totp

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = [needs_chromium, pytest.mark.slow]

T = TypeVar("T")
SECONDS = 30  # the longest that a condition is waited for, on a busy machine
HOSTILE = "<img/src=x/onerror=hacked=1>\u202e<script>hacked=1</script>@evil.example"


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    """One browser; ``evil.example`` is a name that an attacker has bound to this machine."""
    pytest.importorskip("selenium", reason="selenium is not installed: it is in the dependency group `test`")
    with chromium("--host-resolver-rules=MAP evil.example 127.0.0.1") as started:
        yield started


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with serve(Tenant(factors={"otp", "sms", "voice", "email", "push", "recovery-code"})) as served:
        yield served


class Page:
    """The page of one tenant, in one tab."""

    def __init__(self, driver: Chrome, tenant: Tenant) -> None:
        self.driver = driver
        self.tenant = tenant
        self.url = f"{tenant.url}/_auth0_mfa/"

    def open(self, fragment: str | None = None) -> Page:
        """Open it with the token, and wait for the first answer."""
        self.driver.get("about:blank")  # a new fragment alone would not load the page anew
        self.driver.get(f"{self.url}{f'#token={self.tenant.control_token}' if fragment is None else fragment}")
        if fragment is None:
            self.until(lambda: self.text("#connection") == "Connected")
        return self

    def until(self, condition: Callable[[], T]) -> T:
        """What a condition returns once it is true; elements that are replaced meanwhile are looked up again."""
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(
            self.driver, SECONDS, 0.05, [NoSuchElementException, StaleElementReferenceException, IndexError]
        )
        return wait.until(lambda _: condition())

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        return str(self.one(selector).text)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def press(self, selector: str, name: str = "") -> None:
        """Click what is named so, in the middle of the window: the bar covers the bottom."""

        def press() -> bool:
            names = ((one, (one.text, one.get_attribute("aria-label"), "")) for one in self.all(selector))
            found = next((one for one, known in names if name in known), None)
            if found is None:
                return False
            self.run("arguments[0].scrollIntoView({block: 'center'})", found)
            found.click()
            return True

        self.until(press)

    def fill(self, selector: str, value: str) -> None:
        field = self.one(selector)
        field.clear()
        field.send_keys(value)

    def choose(self, selector: str, value: str) -> None:
        from selenium.webdriver.support.select import Select

        Select(self.one(selector)).select_by_value(value)

    def keys(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        """What the focused element is called."""
        name: str = self.run(
            "const e = document.activeElement; return e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent"
            " ?? e.textContent"
        )
        return name

    def complaints(self) -> list[str]:
        """What the browser has to say of this tenant's page: errors of scripts, refused loads, broken policies.

        The page of a test before may have asked its own tenant once more, which had stopped.
        """
        log: list[dict[str, str]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        severe = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
        return [said for said in severe if self.tenant.url in said or "ERR_CONNECTION_REFUSED" not in said]


@pytest.fixture
def page(driver: Chrome, tenant: Tenant) -> Iterator[Page]:
    """The page, opened; at the end nothing went wrong in it."""
    opened = Page(driver, tenant)
    opened.complaints()
    yield opened.open()
    assert opened.complaints() == []


class App:
    """The application whose login screen is built: it knows the API only."""

    def __init__(self, tenant: Tenant, user: User) -> None:
        self.tenant = tenant
        self.user = user
        self.mfa_token = self.send("/oauth/token", tenant.password_grant(user)).json()["mfa_token"]

    def send(self, path: str, body: Json) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            bearer = {"Authorization": f"Bearer {self.mfa_token}"} if hasattr(self, "mfa_token") else {}
            url = self.tenant.url + path
            return session.post(url, json=body, headers=bearer, verify=self.tenant.ca_file, timeout=30)

    def mfa(self, path: str, **body: Json) -> requests.Response:
        known = {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}
        return self.send(path, {**known, "mfa_token": self.mfa_token, **body})


# -- the four things that a login screen needs ---------------------------------------------------


def test_an_app_is_enrolled_by_the_secret_on_the_page(page: Page, tenant: Tenant) -> None:
    """A user is added, the application enrolls otp, the page shows the secret, its code confirms."""
    page.fill("#new-email", "ada@example.com")
    page.press("#add-user button", "Add a user")
    page.until(lambda: "ada@example.com" in page.text("#user-list"))
    (user,) = tenant.users.values()
    app = App(tenant, user)
    app.send("/mfa/associate", {"authenticator_types": ["otp"]})
    secret = page.until(lambda: page.text("#users .scan .line .fact"))
    assert "pending" in page.text("#user-list")
    answer = app.mfa("/oauth/token", grant_type=MFA_OTP, otp=totp(secret, tenant.clock.now()))
    assert "access_token" in answer.json()
    page.until(lambda: "otp active" in page.text("#user-list"))


def test_the_qr_code_can_be_scanned_from_the_screen(page: Page, tenant: Tenant) -> None:
    """A reader of barcodes finds the URI of the authenticator in the picture of the page."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed: group `test`")
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed: group `test`")
    entry = tenant.add_user("ada@example.com").enroll("otp", active=False)
    loaded = "const i = document.querySelector('#users .scan img'); return i?.complete && i.naturalWidth > 0"
    page.until(lambda: page.run(loaded))
    picture = page.one("#users .scan img")
    page.run("arguments[0].scrollIntoView({block: 'center'})", picture)
    (found,) = zxingcpp.read_barcodes(image.open(io.BytesIO(picture.screenshot_as_png)).convert("L"))
    uri = urlsplit(found.text)
    assert (uri.scheme, uri.netloc, parse_qs(uri.query)["secret"]) == ("otpauth", "totp", [entry.secret])
    assert picture.get_attribute("alt") == "QR code for the authenticator app of ada@example.com"


def test_a_code_is_read_in_the_inbox(page: Page, tenant: Tenant) -> None:
    """It appears without a reload, is read out, and is the one that logs in."""
    user = tenant.add_user("ada@example.com")
    entry = user.enroll("email")
    app = App(tenant, user)
    challenge = app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=entry.id).json()
    code = page.until(lambda: page.text("#messages .code"))
    assert "ada@example.com" in page.text("#messages")
    assert page.run("return document.getElementById('news').textContent") == (
        f"Email to ada@example.com, code {' '.join(code)}."
    )
    body = {"grant_type": MFA_OOB, "oob_code": challenge["oob_code"], "binding_code": code}
    assert "access_token" in app.mfa("/oauth/token", **body).json()


@pytest.mark.parametrize(("verb", "outcome"), [("Approve", "access_token"), ("Reject", "error")])
def test_a_push_request_is_answered(page: Page, tenant: Tenant, verb: str, outcome: str) -> None:
    """By a button whose name says whose request it is; then it is gone."""
    user = tenant.add_user("ada@example.com")
    entry = user.enroll("push")
    app = App(tenant, user)
    oob_code = app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=entry.id).json()["oob_code"]
    page.press("#push-requests button", f"{verb} the request of ada@example.com")
    page.until(lambda: not page.all("#push-requests li"))
    answer = app.mfa("/oauth/token", grant_type=MFA_OOB, oob_code=oob_code).json()
    assert outcome in answer
    if verb == "Reject":
        assert answer["error"] == "access_denied"


def test_a_token_expires_when_the_clock_is_moved(page: Page, tenant: Tenant) -> None:
    """Ten minutes by one button, seen by the API at once, and back again."""
    user = tenant.add_user()
    user.enroll("email")
    app = App(tenant, user)
    assert app.mfa("/mfa/challenge", challenge_type="oob").status_code == 200
    page.press("#clock button", "+10 min")
    page.until(lambda: page.text("#offset") == "10 min ahead of this machine")
    assert app.mfa("/mfa/challenge", challenge_type="oob").json()["error"] == "expired_token"
    page.press("#real-time")
    page.until(lambda: page.text("#offset") == "Same as this machine")


# -- the rest of the page ------------------------------------------------------------------------


def test_the_clock_is_held_and_moved_by_any_number(page: Page, tenant: Tenant) -> None:
    """The button says whether it is held."""
    page.press("#freeze")
    page.until(lambda: page.one("#freeze").get_attribute("aria-pressed") == "true")
    now = tenant.clock.now()
    page.fill("#seconds", "90")
    page.press("#advance button")
    page.until(lambda: tenant.clock.now() == now + 90)
    page.press("#freeze")
    page.until(lambda: page.one("#freeze").get_attribute("aria-pressed") == "false")


def test_factors_policy_and_profile_are_switched(page: Page, tenant: Tenant) -> None:
    """Each takes effect in the tenant; two fields that contradict each other are refused and shown as they are."""
    page.press("#factors input[value=voice]")
    page.until(lambda: "voice" not in tenant.factors)
    page.choose("#policy", "never")
    page.until(lambda: tenant.policy == "never")
    page.press("#profile summary")
    page.fill("#profile-filter", "mfa_required")
    shown = [one for one in page.all("#profile-rows tr") if one.is_displayed()]
    assert 0 < len(shown) < 10
    page.choose("#profile-mfa_required", json.dumps("401 mfa_required"))
    page.until(lambda: tenant.profile.mfa_required == "401 mfa_required")
    page.until(lambda: page.text("#profile-changes") == "1 changed")
    page.fill("#profile-filter", "oob_code_lifetime")
    page.run(
        "const f = document.getElementById('profile-oob_code_lifetime');"
        "f.value = '9999999'; f.dispatchEvent(new Event('change'))"
    )
    page.until(lambda: "contradicts" in page.text("#failed"))
    page.until(lambda: page.one("#profile-oob_code_lifetime").get_property("value") == "300")
    assert any("400" in one for one in page.complaints())
    page.press("#profile-reset")
    page.until(lambda: page.text("#profile-changes") == "none changed")


@pytest.mark.parametrize(("kind", "status"), [("503", 503), ("429", 429), ("drop", None)])
def test_a_fault_is_switched_on(page: Page, tenant: Tenant, kind: str, status: int | None) -> None:
    """The next call meets it, and the one after does not."""
    user = tenant.add_user()
    page.choose("#fault-operation", "challenge")
    page.choose("#fault-kind", kind)
    page.press("#fault button")
    page.until(lambda: page.text("#pending-faults") == "challenge: 1")
    app = App(tenant, user)
    if status is None:
        with pytest.raises(requests.ConnectionError):
            app.mfa("/mfa/challenge")
    else:
        assert app.mfa("/mfa/challenge").status_code == status
    page.until(lambda: not page.all("#pending-faults li"))
    assert app.mfa("/mfa/challenge").json()["error"] == "association_required"


def test_the_provider_of_messages_fails(page: Page, tenant: Tenant) -> None:
    """The next email is not sent."""
    page.choose("#provider-channel", "email")
    page.press("#provider button")
    page.until(lambda: page.text("#pending-faults") == "email: 1")
    assert tenant.outbox.failing() == {"email": 1}


def test_step_up_codes_claims_and_rotation_are_set(page: Page, tenant: Tenant) -> None:
    """MFA for some audiences, the APIs there are, codes, claims of all and of one, and rotation, without code."""
    user = tenant.add_user("ada@example.com")
    page.until(lambda: page.text("#user-count") == "1")
    page.choose("#policy", "for-some")
    page.fill("#policy-audiences", "https://pay.example/ https://bank.example/")
    page.press("#policy-for button")
    page.until(lambda: not isinstance(tenant.policy, str))
    assert tenant.policy == DemandFor(audiences=frozenset({"https://pay.example/", "https://bank.example/"}))
    page.press("#rules summary")
    page.fill("#audiences", "https://pay.example/")
    page.press("#audiences-form button")
    page.until(lambda: tenant.audiences == frozenset({"https://pay.example/"}))
    page.fill("#email-digits", "8")
    page.fill("#sms-seconds", "60")
    page.press("#codes-form button")
    page.until(lambda: (tenant.code_lengths["email"], tenant.code_lifetimes["voice"]) == (8, 60))
    page.fill("#claims", '{"stage": "test"}')
    page.press("#claims-form button")
    page.until(lambda: tenant.claims == SameForAll({"stage": "test"}))
    page.press("#rotation")
    page.fill("#leeway", "5")
    page.press("#rotation-form button")
    application = tenant.applications[tenant.client_id]
    page.until(lambda: (application.rotate_refresh_tokens, application.refresh_token_leeway) == (True, 5))
    page.press("#possession")
    page.press("#possession-form button")
    page.until(lambda: application.require_proof_of_possession)
    page.choose(f"[aria-label='When MFA is demanded of {user.email}']", "false")
    page.until(lambda: user.mfa is False)
    page.press("#user-list summary", "Tokens")
    page.fill(f"[aria-label='Claims of {user.email}']", '{"plan": "gold"}')
    page.fill(f"[aria-label='Permissions of {user.email}']", "read:orders write:orders")
    page.press("button", f"Set claims and permissions of {user.email}")
    page.until(lambda: user.claims == {"plan": "gold", "permissions": ["read:orders", "write:orders"]})
    page.choose("#policy", "never")
    page.until(lambda: tenant.policy == "never")
    page.until(lambda: page.one("#policy-for").get_attribute("hidden") is not None)


def test_calls_say_what_came_of_them_and_why(page: Page, tenant: Tenant) -> None:
    """The table has a sentence for each; a dialog shows request, response, what is wrong and what is known."""
    user = tenant.add_user("ada@example.com")
    user.enroll("otp")
    app = App(tenant, user)
    app.mfa("/oauth/token", grant_type=MFA_OTP, otp=5)
    page.until(lambda: len(page.all("#call-rows tr")) == 2)
    newest, oldest = page.all("#call-rows tr")
    assert re.search(r"mfa-otp\s+400 wrong_type 1 violation\s+Invalid parameter: otp", newest.text)
    assert re.search(r"403 mfa_required\s+The password is right", oldest.text)
    assert oldest.find_elements("css selector", ".bad") == []  # a step of every login is no alarm
    page.press("#call-rows button")
    page.until(lambda: page.one("#call").is_displayed())
    shown = page.text("#call-body")
    assert "$.otp" in shown
    assert "Entry U-19 of the contract" in shown
    assert '"otp": 5' in shown
    assert '"error": "invalid_request"' in shown
    page.press("#call-body summary", "Refusal wrong_type: what is known")
    page.until(lambda: "wrong_type, a refusal" in page.text("#call-body"))
    page.press("#call-close")
    page.until(lambda: "details" in page.focused())  # back where it was opened
    page.press("#clear-calls")
    page.driver.switch_to.alert.dismiss()
    assert len(tenant.calls) == 2
    page.press("#clear-calls")
    page.driver.switch_to.alert.accept()
    page.until(lambda: not page.all("#call-rows tr"))


def test_a_call_is_copied_as_curl_and_as_a_test(page: Page, tenant: Tenant) -> None:
    """Into the clipboard, ready to be pasted."""
    origin = tenant.url
    page.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    App(tenant, tenant.add_user("ada@example.com"))
    page.press("#call-rows button")
    page.until(lambda: page.one("#call").is_displayed())
    for name, start in (("Copy as curl", "curl -sS --cacert"), ("Copy as pytest test", "import pytest")):
        page.press("#call-body button", name)
        page.until(lambda: page.all("#call-body button:focus")[0].text == "Copied")
        assert str(page.run("return navigator.clipboard.readText()")).startswith(start)


def test_calls_inbox_and_users_are_searched(page: Page, tenant: Tenant) -> None:
    """As one types: what fits stays, and how many there are is said; what does not exist is said in words."""
    for name in ("ada", "eve"):
        user = tenant.add_user(f"{name}@example.com")
        user.enroll("email")
        App(tenant, user).mfa("/mfa/challenge", challenge_type="oob")
    page.until(lambda: len(page.all("#call-rows tr")) == 4)

    def shown(rows: str, count: int) -> None:
        page.until(lambda: len(page.all(rows)) == count)

    for field, rows, before in (
        ("user", "#user-list > li", 2),
        ("message", "#messages > li", 2),
        ("call", "#call-rows tr", 4),
    ):
        shown(rows, before)
        page.fill(f"#{field}-search", "ada@example")
        shown(rows, 1)
        assert "1" in page.text(f"#{field}-count")
        page.fill(f"#{field}-search", "nobody")
        shown(rows, 0)
    assert page.text("#no-calls") == "No call matches the search."
    page.fill("#call-search", "")
    page.run("document.getElementById('call-search').dispatchEvent(new Event('input'))")
    page.until(lambda: len(page.all("#call-rows tr")) == 4)
    page.press("#call-refused")
    page.until(lambda: page.text("#no-calls") == "No call matches the search.")


def test_older_calls_are_a_button_away(page: Page, tenant: Tenant) -> None:
    """The page shows the newest fifty of a long journal, and fifty more each time."""
    from pytest_auth0_mfa import Request, handler

    for _ in range(120):
        handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    page.until(lambda: len(page.all("#call-rows tr")) == 50)
    assert page.text("#call-count") == "the last 50 of 120"
    page.press("#older")
    page.until(lambda: len(page.all("#call-rows tr")) == 100)
    page.press("#older")
    page.until(lambda: len(page.all("#call-rows tr")) == 120)
    assert not page.one("#older").is_displayed()
    handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    page.until(lambda: page.text("#call-count") == "121")


def test_ten_calls_are_in_sight(page: Page, tenant: Tenant) -> None:
    """In a window of 1,280 x 900, without scrolling."""
    App(tenant, tenant.add_user("ada@example.com"))
    for _ in range(11):
        _send(tenant)
    page.until(lambda: len(page.all("#call-rows tr")) == 12)
    _sized(page, 1280)
    box = page.run("return document.querySelector('.box.calls').getBoundingClientRect().bottom")
    bottoms = page.run(
        "return [...document.querySelectorAll('#call-rows tr')].map(r => r.getBoundingClientRect().bottom)"
    )
    assert sum(bottom <= min(box, 900) for bottom in bottoms) >= 10
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _send(tenant: Tenant) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{tenant.url}/.well-known/jwks.json", verify=tenant.ca_file, timeout=30)


def test_an_empty_page_says_what_to_do_first(page: Page, tenant: Tenant) -> None:
    """Three things; the first is a button, and once it is done the list gives way."""
    page.until(lambda: page.one("#first").is_displayed())
    assert len(page.all("#first li")) == 3
    assert f"AUTH0_DOMAIN={tenant.domain}" in page.text("#first")
    page.press("#first-user")
    page.until(lambda: "grace@example.com" in page.text("#user-list"))
    page.until(lambda: not page.one("#first").is_displayed())
    (user,) = tenant.users.values()
    assert (user.password, [entry.factor for entry in user.authenticators]) == ("pw", ["email"])


def test_an_error_stands_at_its_field(page: Page, tenant: Tenant) -> None:
    """In words, and the field is marked and has the focus; a right value takes it away."""
    tenant.add_user("ada@example.com")
    page.fill("#new-email", "ada@example.com")
    page.press("#add-user button", "Add a user")
    page.until(lambda: page.text("#add-user-problem") == "There is a user with the email ada@example.com already")
    assert page.one("#new-email").get_attribute("aria-invalid") == "true"
    assert page.focused() == "Email"
    page.complaints()  # the browser notes the 400
    page.fill("#new-email", "eve@example.com")
    page.press("#add-user button", "Add a user")
    page.until(lambda: "eve@example.com" in page.text("#user-list"))
    assert page.text("#add-user-problem") == ""


def test_what_was_done_is_said_for_a_while(page: Page) -> None:
    """Then the message is gone by itself."""
    page.press("#add-user button", "Add a user")
    page.until(lambda: page.text("#said") == "Added a user")
    page.until(lambda: page.text("#said") == "")


def test_users_are_enrolled_and_deleted(page: Page, tenant: Tenant) -> None:
    """Also what they have enrolled; whatever is removed, and a reset, is confirmed first."""
    user = tenant.add_user("ada@example.com")
    page.until(lambda: page.all("#user-list select option"))
    page.choose("#user-list select", "sms")
    page.press("#user-list button", "Enroll the factor for ada@example.com")
    page.until(lambda: len(user.authenticators) == 2)
    page.press("#user-list button", f"Remove {user.authenticators[0].id} of ada@example.com")
    page.driver.switch_to.alert.dismiss()
    assert len(user.authenticators) == 2
    page.press("#user-list button", f"Remove {user.authenticators[0].id} of ada@example.com")
    page.driver.switch_to.alert.accept()
    page.until(lambda: not user.authenticators)
    page.press("#user-list button", "Delete the user ada@example.com")
    page.driver.switch_to.alert.accept()
    page.until(lambda: not page.all("#user-list li"))
    tenant.add_user()
    page.until(lambda: page.all("#user-list li"))
    page.press("#reset")
    page.driver.switch_to.alert.accept()
    page.until(lambda: not page.all("#user-list li"))
    assert not tenant.users


def test_the_tenant_is_saved_as_a_config(tmp_path: Path, tenant: Tenant) -> None:
    """The browser gets a file, and a tenant that is made of it has the same users."""
    tenant.add_user("ada@example.com").enroll("otp")
    with chromium() as driver:
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
        page = Page(driver, tenant).open()
        page.press("button", "Save as a config file")
        page.until(lambda: "auth0-mfa.json" in page.text("#said"))
        page.until((tmp_path / "auth0-mfa.json").exists)
    made = load(tmp_path / "auth0-mfa.json")
    assert [user.email for user in made.users.values()] == ["ada@example.com"]


def test_a_reset_elsewhere_is_seen(page: Page, tenant: Tenant) -> None:
    """Calls and messages of before do not stay, and what comes after is shown."""
    user = tenant.add_user("ada@example.com")
    user.enroll("email")
    App(tenant, user).mfa("/mfa/challenge", challenge_type="oob")
    page.until(lambda: page.all("#messages li"))
    page.until(lambda: len(page.all("#call-rows tr")) == 2)
    tenant.reset()
    App(tenant, tenant.add_user("eve@example.com"))
    page.until(lambda: not page.all("#messages li"))
    page.until(lambda: len(page.all("#call-rows tr")) == 1)


def test_a_server_that_stops_and_comes_back(driver: Chrome) -> None:
    """The page says so, keeps what it shows, and asks for the new token when there is one."""
    tenant = Tenant()
    tenant.add_user("ada@example.com")
    with serve(tenant):
        port = int(tenant.domain.rpartition(":")[2])
        page = Page(driver, tenant).open()
        page.until(lambda: "ada@example.com" in page.text("#user-list"))
    page.until(lambda: page.text("#connection") == "No answer, trying again")
    assert "ada@example.com" in page.text("#user-list")
    with serve(tenant, listen_address=("localhost", port)):
        page.until(lambda: page.one("#locked").is_displayed())
        assert not page.one("#main").is_displayed()
        assert tenant.control_token is not None
        page.fill("#token", tenant.control_token)
        page.press("#unlock button")
        page.until(lambda: "ada@example.com" in page.text("#user-list"))
    page.complaints()


# -- the token -----------------------------------------------------------------------------------


def test_the_token_leaves_the_address_bar(page: Page, tenant: Tenant) -> None:
    """It is kept for this tab: a reload needs it no more."""
    assert page.driver.current_url == page.url
    page.driver.refresh()
    tenant.add_user("ada@example.com")
    page.until(lambda: "ada@example.com" in page.text("#user-list"))
    assert page.run("return localStorage.length + document.cookie.length") == 0


@pytest.mark.parametrize("fragment", ["", "#token=wrong", "#token=", "#inbox"])
def test_without_the_token_nothing_is_shown(driver: Chrome, tenant: Tenant, fragment: str) -> None:
    """The page asks for it and says where it is; what was typed wrong is refused."""
    tenant.add_user("ada@example.com")
    page = Page(driver, tenant).open(fragment)
    page.until(lambda: page.one("#locked").is_displayed())
    assert "control_token" in page.text("#locked").lower() or "control token" in page.text("#locked").lower()
    assert "ada@example.com" not in page.run("return document.documentElement.outerHTML")
    assert "Control token" in page.focused()
    assert tenant.control_token is not None
    page.fill("#token", tenant.control_token)
    page.press("#unlock button")
    page.until(lambda: "ada@example.com" in page.text("#user-list"))
    page.complaints()  # a wrong token is a 401, which the browser notes


# -- everybody can use it ------------------------------------------------------------------------


def test_everything_is_done_by_keyboard(page: Page, tenant: Tenant) -> None:
    """From the skip link on, a user is added and a request approved without a pointer."""
    from selenium.webdriver.common.keys import Keys

    page.keys(Keys.TAB)
    assert page.focused() == "Skip to the content"
    page.keys(Keys.ENTER)
    _tab_to(page, "Email")
    page.keys("ada@example.com", Keys.ENTER)
    page.until(lambda: "ada@example.com" in page.text("#user-list"))
    user = tenant.user_by_email("ada@example.com")
    assert user is not None
    entry = user.enroll("push")
    app = App(tenant, user)
    app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=entry.id)
    page.until(lambda: page.all("#push-requests button"))
    _tab_to(page, "Approve the request of ada@example.com", Keys.SHIFT)
    page.keys(Keys.SPACE)
    page.until(lambda: not page.all("#push-requests li"))
    assert page.focused().startswith("Push requests")  # and not lost with the button


def _tab_to(page: Page, name: str, *held: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    for _ in range(100):
        if page.focused() == name:
            return
        keys = ActionChains(page.driver)
        for key in held:
            keys.key_down(key)
        keys.send_keys(Keys.TAB)
        for key in held:
            keys.key_up(key)
        keys.perform()
    pytest.fail(f"no {name!r} within 100 steps")


def test_focus_and_selection_outlive_updates(page: Page, tenant: Tenant) -> None:
    """What is typed, focused or open stays so while messages, calls and users come in."""
    user = tenant.add_user("ada@example.com")
    user.enroll("push")
    user.enroll("email")
    app = App(tenant, user)
    app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=user.authenticators[0].id)
    page.until(lambda: page.all("#push-requests button"))
    page.run("document.querySelector('#push-requests button').focus()")
    page.run("document.getElementById('new-email').value = 'half-typed'")
    before = page.run("return window.kept = document.activeElement")
    app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=user.authenticators[-1].id)
    tenant.add_user("eve@example.com")
    page.until(lambda: "eve@example.com" in page.text("#user-list") and page.all("#messages .code"))
    assert page.run("return document.activeElement") == before
    assert page.focused() == "Approve the request of ada@example.com"
    assert page.run("return document.getElementById('new-email').value") == "half-typed"


def test_everything_has_a_name_and_a_place(page: Page, tenant: Tenant) -> None:
    """In the tree that screen readers see: landmarks once each, every control named, headings in order."""
    _populate(tenant)
    page.until(lambda: page.all("#call-rows tr") and page.all("#push-requests button") and page.all(".scan img"))
    page.press("#profile summary")
    page.until(lambda: page.one("#profile-filter").is_displayed())
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = [role for role, _ in seen]
    for landmark in ("banner", "main", "navigation", "contentinfo"):
        assert roles.count(landmark) == 1, landmark
    controls = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton", "image", "table"}
    assert {"button", "combobox", "checkbox", "spinbutton", "image", "table"} <= set(roles)
    assert [role for role, name in seen if role in controls - {"table"} and not name] == []
    assert ("navigation", "Sections") in seen
    headed = {"Inbox", "Push requests", "Clock", "Faults", "Users", "Calls", "Settings"}
    assert headed <= {name.rstrip("0123456789 ") for role, name in seen if role == "region"}
    levels = page.run("return [...document.querySelectorAll('main h2, main h3, h1')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def _populate(tenant: Tenant) -> None:
    """A tenant with something in every section, and the worst names."""
    user = tenant.add_user("ada@example.com", email_verified=True)
    for factor in ("push", "otp", "email", "sms"):
        user.enroll(factor)
    tenant.add_user("a-name-of-sixty-characters-without-any-break-whatsoever@" + "long" * 15 + ".example.com")
    tenant.add_user(HOSTILE).enroll("otp", active=False)
    app = App(tenant, user)
    for entry in user.authenticators:
        if entry.factor != "otp":
            app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=entry.id)
    app.mfa("/oauth/token", grant_type=MFA_OTP, otp="000000")
    app.mfa("/oauth/token", grant_type=MFA_OTP, otp=1)
    app.send("/" + "x" * 300, {})
    tenant.fail_next("jwks")


def _sized(page: Page, width: int, scheme: str = "light") -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


@pytest.fixture
def populated(page: Page, tenant: Tenant) -> Iterator[Page]:
    """The page with something in every section, everything open."""
    _populate(tenant)
    page.until(lambda: page.all("#call-rows tr") and page.all("#push-requests button") and page.all(".scan img"))
    page.run("for (const one of document.querySelectorAll('details')) one.open = true")
    yield page
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_cut_off_sideways(populated: Page, width: int) -> None:
    """Neither the page nor a box in it scrolls sideways, nor the dialog of a call."""
    _sized(populated, width)
    too_wide = """
        return [...document.querySelectorAll("html, .card, .box, dialog, .bar, .top")]
            .filter((one) => one.scrollWidth > one.clientWidth)
            .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.scrollWidth} > ${one.clientWidth}`)
    """
    assert populated.run("return innerWidth") == width
    assert populated.run(too_wide) == []
    populated.run("document.querySelector('#call-rows button').click()")
    populated.until(lambda: populated.one("#call").is_displayed())
    assert populated.run(too_wide) == []
    populated.press("#call-close")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(populated: Page, scheme: str) -> None:
    """Contrast of at least 4.5 to 1 with what is behind it (WCAG 2.2, 1.4.3), in both colour schemes."""
    _sized(populated, 1280, scheme)
    contrasts = populated.run(_CONTRASTS)
    assert len(contrasts) > 100
    assert [(text, ratio) for text, ratio, _ in contrasts if ratio < 4.5] == []
    page_is = populated.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", page_is))) < 3 * 128) is (scheme == "dark")


_CONTRASTS = """
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    function behind(element) {
        for (let one = element; one; one = one.parentElement) {
            const colour = parts(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    }
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
        const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
        found.push([walker.currentNode.data.trim(), (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), 0]);
    }
    return found;
"""


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_jumps(driver: Chrome, tenant: Tenant, width: int) -> None:
    """Neither while the page loads nor when users, messages, requests and calls come in."""
    page = Page(driver, tenant)
    _sized(page, width)
    page.open()
    page.run(
        "window.shifts = []; new PerformanceObserver((list) => {"
        " for (const one of list.getEntries()) shifts.push(one.value) })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    positions = (
        "return [...document.querySelectorAll('section h2')].map((h) => Math.round(h.getBoundingClientRect().y))"
    )
    before = page.run(positions)
    _populate(tenant)
    page.until(lambda: page.all("#call-rows tr") and page.all("#push-requests button") and page.all("#messages .code"))
    assert page.run(positions) == before
    assert page.run("return shifts.reduce((sum, one) => sum + one, 0)") < 0.02
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.complaints()


# -- nobody else can -----------------------------------------------------------------------------


def test_a_hostile_name_stays_text(populated: Page, tenant: Tenant) -> None:
    """In users, inbox, requests, calls and messages of the page: it is shown as it is and runs nothing."""
    user = tenant.user_by_email(HOSTILE)
    assert user is not None
    for factor in ("email", "push"):
        user.enroll(factor)
    app = App(tenant, user)
    for entry in user.authenticators:
        if entry.factor in ("email", "push"):
            app.mfa("/mfa/challenge", challenge_type="oob", authenticator_id=entry.id)
    populated.until(lambda: HOSTILE in populated.run("return document.getElementById('messages').textContent"))
    populated.until(lambda: HOSTILE in populated.run("return document.getElementById('push-requests').textContent"))
    populated.run("[...document.querySelectorAll('#call-rows button')].find(b => b.textContent == 'password').click()")
    populated.until(lambda: HOSTILE in populated.run("return document.getElementById('call-body').textContent"))
    populated.press("#call-close")
    populated.press("#push-requests button", f"Approve the request of {HOSTILE}")
    populated.until(lambda: HOSTILE in populated.run("return document.getElementById('said').textContent"))
    assert HOSTILE in populated.run("return document.getElementById('user-list').textContent")
    assert populated.run("return [typeof hacked, document.scripts.length]") == ["undefined", 1]
    assert populated.all("img[src='x']") == []


def test_html_cannot_be_inserted_even_by_mistake(page: Page) -> None:
    """The browser itself refuses: no script of the page may make HTML of text, and no other script runs."""
    refused = page.run(
        "try { document.body.innerHTML = '<b>x</b>'; return 'inserted' } catch (error) { return error.name }"
    )
    assert refused == "TypeError"
    assert any("TrustedHTML" in one for one in page.complaints())


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The URL of a page of somebody else on this machine."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


_ATTACK = """
    const [url, token] = arguments;
    const attempt = (path, options) => fetch(url + path, options).then(
        async (answer) => [answer.type, answer.status, await answer.text().catch(() => '')],
        (error) => ['failed', error.name]);
    const load = (tag, attribute, path) => new Promise((done) => {
        const made = document.createElement(tag);
        made.onload = () => done(['loaded', made.contentDocument ? 'readable' : '']);
        made.onerror = () => done(['failed', 'error']);
        made[attribute] = url + path;
        document.body.append(made);
    });
    const headers = { 'X-Auth0-MFA-Control-Token': token };
    return (async () => ({
        read: await attempt('users', { headers }),
        reset: await attempt('reset', { method: 'POST', headers }),
        blind: await attempt('reset', { method: 'POST', mode: 'no-cors' }),
        page: await attempt('', {}),
        opaque: await attempt('', { mode: 'no-cors' }),
        script: await load('script', 'src', 'sandbox/main.js'),
        image: await load('img', 'src', 'sandbox/icon.svg'),
    }))();
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_elsewhere_reaches_nothing(driver: Chrome, tenant: Tenant, elsewhere: str, host: str) -> None:
    """Neither with the token nor without: it reads nothing, changes nothing and embeds nothing."""
    tenant.add_user("ada@example.com")
    page = Page(driver, tenant)
    driver.get(elsewhere.replace("127.0.0.1", host))
    results = page.run(_ATTACK, page.url, tenant.control_token)
    for name in ("read", "reset", "page", "script", "image", "blind", "opaque"):
        assert results[name][0] in ("failed", "opaque"), (name, results[name])
        assert "ada" not in str(results[name])
    assert list(tenant.users)
    page.complaints()


def test_a_frame_elsewhere_stays_empty(driver: Chrome, tenant: Tenant, elsewhere: str) -> None:
    """So nobody can be tricked into clicking in it."""
    driver.get(elsewhere)
    page = Page(driver, tenant)
    page.run(
        "const f = document.createElement('iframe'); f.src = arguments[0]; f.onload = () => { window.done = 1 };"
        "document.body.append(f)",
        page.url,
    )
    page.until(lambda: page.run("return window.done === 1"))
    driver.switch_to.frame(page.one("iframe"))
    assert page.all("#main") == []
    driver.switch_to.default_content()
    page.complaints()


def test_a_rebound_name_reaches_nothing(driver: Chrome, tenant: Tenant) -> None:
    """A name of somebody else's that leads to this machine is not the tenant's."""
    page = Page(driver, tenant)
    port = tenant.domain.rpartition(":")[2]
    driver.get(f"https://evil.example:{port}/_auth0_mfa/#token={tenant.control_token}")
    assert page.all("#main") == []
    assert f"answers for https://{tenant.domain} only" in page.text("body")
    same_origin = "return fetch('/_auth0_mfa/users', {headers: {'X-Auth0-MFA-Control-Token': arguments[0]}})"
    assert page.run(f"{same_origin}.then((answer) => answer.status)", tenant.control_token) == 421
    page.complaints()
