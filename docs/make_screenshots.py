"""Write docs/images/*.png: the sandbox page and a report, as Chromium shows them.

``python docs/make_screenshots.py`` needs Chromium, its driver and selenium. What is shown is made up here, with a
fixed seed and a frozen clock, so that a picture changes only when a page does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from pytest_auth0_mfa import Tenant, serve

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
sys.path.insert(0, str(ROOT / "tests"))
LARGEST = 200_000
"""Bytes; larger pictures do not belong in a repository."""

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROKEN = """
import zoo.answers  # registers its broken tenants
from zoo.breaking import ZOO

from pytest_auth0_mfa import Tenant, handler
from pytest_auth0_mfa.contract import TenantContract, fake_subject


class TestStaging(TenantContract):
    def make_subject(self):
        tenant = Tenant(seed=1)
        return fake_subject(tenant, handler=ZOO["challenge-without-binding-method"].wrap(tenant, handler(tenant)))
"""


def main() -> int:
    """Take every picture."""
    from helpers.chromium import chromium  # of the tests

    IMAGES.mkdir(exist_ok=True)
    with chromium("--hide-scrollbars", "--force-color-profile=srgb") as driver:
        sandbox(driver)
        report(driver)
    return 0


def sandbox(driver: Chrome) -> None:
    """The page after a login by email and a waiting push request, wide and as on a phone."""
    with serve(Tenant(seed=7)) as tenant:
        tenant.clock.freeze(1_790_000_000)
        ada = tenant.add_user("ada@example.com", "pw", phone_number="+15550100")
        for factor in ("email", "otp", "push"):
            ada.enroll(factor)
        tenant.add_user("eve@example.com", "pw").enroll("sms")
        _log_in(tenant)
        address = f"{tenant.url}/_auth0_mfa/#token={tenant.control_token}"
        for name, width, height in (("sandbox", 1280, 900), ("sandbox-phone", 420, 900)):
            driver.set_window_size(width, height)
            driver.get("about:blank")
            driver.get(address)
            _until(driver, "return document.querySelector('#connection')?.textContent === 'Connected'")
            _until(driver, "return document.body.textContent.includes('ada@example.com')")
            _save(driver, name)


def _log_in(tenant: Tenant) -> None:
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}

    def post(path: str, **body: object) -> dict[str, str]:
        answer = requests.post(tenant.url + path, json={**client, **body}, verify=tenant.ca_file, timeout=10)
        found: dict[str, str] = answer.json()
        return found

    ada, eve = tenant.users.values()
    by_email, by_push = (next(a for a in ada.authenticators if a.factor == factor) for factor in ("email", "push"))
    mfa_token = post("/oauth/token", **tenant.password_grant(ada))["mfa_token"]
    challenge = post("/mfa/challenge", mfa_token=mfa_token, authenticator_id=by_email.id)
    grant = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": mfa_token}
    code = tenant.outbox.latest(ada).code
    post("/oauth/token", **grant, oob_code=challenge["oob_code"], binding_code="000000")
    post("/oauth/token", **grant, oob_code=challenge["oob_code"], binding_code=code)
    post("/mfa/challenge", mfa_token=mfa_token, authenticator_id=by_push.id)
    mfa_token = post("/oauth/token", **tenant.password_grant(eve))["mfa_token"]
    post("/mfa/challenge", mfa_token=mfa_token)
    bearer = {"Authorization": f"Bearer {mfa_token}"}
    requests.get(f"{tenant.url}/mfa/authenticators", headers=bearer, verify=tenant.ca_file, timeout=10)
    post("/oauth/token", **tenant.password_grant(ada) | {"password": "pwd"})
    otp = next(a for a in ada.authenticators if a.factor == "otp")
    grant = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-otp", "otp": otp.code()}
    post("/oauth/token", **grant, mfa_token=post("/oauth/token", **tenant.password_grant(ada))["mfa_token"])


def report(driver: Chrome) -> None:
    """The report about a tenant whose challenges lack a field."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_staging.py").write_text(BROKEN, encoding="utf-8")
        wanted = ("--auth0-mfa-report=html", "--auth0-mfa-report-dir=out", "--auth0-mfa-max-examples=5")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_staging.py", *wanted]
        path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "contract")))
        environment = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 1:  # a broken contract, and nothing else
            raise SystemExit(done.stdout)
        driver.set_window_size(1280, 1100)
        driver.get(Path(folder, "out", "report.html").as_uri())
        _save(driver, "report")


def _until(driver: Chrome, script: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(driver, 30).until(lambda _: driver.execute_script(script))


def _save(driver: Chrome, name: str) -> None:
    picture = driver.get_screenshot_as_png()
    if len(picture) > LARGEST:
        raise SystemExit(f"{name}.png has {len(picture)} bytes, more than {LARGEST}: show less of the page")
    (IMAGES / f"{name}.png").write_bytes(picture)
    sys.stdout.write(f"docs/images/{name}.png: {len(picture)} bytes\n")


if __name__ == "__main__":
    raise SystemExit(main())
