"""The right clients that broken ones differ from: one that polls, and one that decides."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract.client.adapter import AuthError, Prompt

Row = Mapping[str, Any]
RECOVERY = "recovery-code"


class PollingClient(RequestsClient):
    """Waits for a push request to be answered."""

    interval = 5.0
    longer = 5.0
    """By how much each slow_down lengthens the interval."""
    pending: tuple[str, ...] = ("authorization_pending", "slow_down")
    most_polls = sys.maxsize

    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        interval = self.interval
        for _ in range(self.most_polls):
            try:
                return super().verify_oob(mfa_token, oob_code, binding_code)
            except AuthError as error:
                if error.error not in self.pending:
                    raise
                interval += self.longer if error.error == "slow_down" else 0.0
            time.sleep(interval)
        raise AuthError("timeout", "the push request was not answered")


class DecidingClient(PollingClient):
    """Signs a person in, from the password to the tokens."""

    factors: Sequence[str] = ("otp", "sms", "email", "push")

    def sign_in(self, username: str, password: str, ask: Prompt) -> Row:
        for _ in range(3):
            try:
                return self.log_in(username, password)
            except AuthError as error:
                if error.error != "mfa_required" or not error.mfa_token:
                    raise
                mfa_token = error.mfa_token
            try:
                return self.second_factor(mfa_token, ask)
            except AuthError as error:
                if error.error != "expired_token":
                    raise
        raise AuthError("gave_up", "the session expired three times")

    def second_factor(self, mfa_token: str, ask: Prompt) -> Row:
        rows = self.challengeable(self.list_authenticators(mfa_token))
        if not rows:
            return self.enroll(mfa_token, ask)
        chosen = self.choose(rows, ask)
        if chosen == RECOVERY:
            return self.recover(mfa_token, ask)
        row = next(row for row in rows if row["id"] == chosen)
        try:
            challenge = self.challenge(mfa_token, row["id"])
        except AuthError as error:
            if error.error != "association_required":
                raise
            return self.enroll(mfa_token, ask)
        return self.answer(mfa_token, challenge, row, ask)

    def challengeable(self, rows: Sequence[Row]) -> Sequence[Row]:
        return [row for row in rows if row["active"] and row["authenticator_type"] in ("oob", "otp")]

    def choose(self, rows: Sequence[Row], ask: Prompt) -> str:
        return str(ask("choose", rows))

    def answer(self, mfa_token: str, challenge: Row, row: Row, ask: Prompt) -> Row:
        if challenge["challenge_type"] == "otp":
            return self.prompt(ask, row, lambda code: self.verify_otp(mfa_token, code))
        oob_code = challenge["oob_code"]
        if self.prompts(challenge):
            return self.prompt(ask, row, lambda code: self.verify_oob(mfa_token, oob_code, code))
        ask("push", row)
        return self.verify_oob(mfa_token, oob_code)

    def prompts(self, challenge: Row) -> bool:
        return bool(challenge.get("binding_method"))

    def prompt(self, ask: Prompt, row: Row, verify: Any, kind: str = "code") -> Row:
        details = dict(row)
        for _ in range(3):
            code = ask(kind, details)
            if code is None:
                break
            try:
                return dict(verify(code))
            except AuthError as error:
                if error.error != "invalid_grant":
                    raise
                details["error"] = error.error
        raise AuthError("gave_up", "no right code was given")

    def recover(self, mfa_token: str, ask: Prompt) -> Row:
        return self.prompt(ask, {}, lambda code: self.verify_recovery_code(mfa_token, code), "recovery_code")

    def enroll(self, mfa_token: str, ask: Prompt) -> Row:
        wanted = dict(ask("enroll", {"factors": list(self.factors)}))
        factor = wanted.pop("factor")
        made = self.associate(mfa_token, factor, **wanted)
        self.show(made, ask)
        row = {"authenticator_type": made["authenticator_type"], "oob_channel": made.get("oob_channel")}
        kind = "otp" if factor == "otp" else "oob"
        return self.answer(mfa_token, {**made, "challenge_type": kind}, row, ask)

    def show(self, made: Row, ask: Prompt) -> None:
        shown = ("secret", "barcode_uri", "recovery_codes")
        ask("show", {name: made[name] for name in shown if name in made})
