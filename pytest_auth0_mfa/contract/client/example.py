"""One example: what a client is called to do, method by method."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.checks.conclusion import reported
from pytest_auth0_mfa.tenant import passwordless as tenant_passwordless
from pytest_auth0_mfa.tenant.entities import User

from .asked import Asked, Flaw
from .calling import NotCovered
from .judged import GRANTED, GivenAnswer, JudgedExample, Stopped, Token


def given(**values: str | None) -> tuple[dict[str, str], str]:
    """The values that are not None, and the text of a message that shows them."""
    more = {name: value for name, value in values.items() if value is not None}
    return more, "".join(f", {name}={value!r}" for name, value in more.items())


class ClientExample(JudgedExample):
    """An example that is being played: the calls of a client, each of which is judged."""

    def first_factor(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = "mfa_required"
    ) -> GivenAnswer:
        """Log in with the password or, if the client has no login, with a refresh token."""
        try:
            return self.log_in(user, audience=audience, scope=scope, expect=expect)
        except NotCovered:
            return self.refresh(user, audience=audience, scope=scope, expect=expect)

    def meet_a_stranger(self, user: User) -> None:
        """Log in at a server with an untrusted certificate. No request may arrive, and the client must raise
        AuthError."""
        params = {"username": user.email, "password": user.password}
        asked = Asked("log_in", "username, password", user, params=params)
        outcome, seen = self.invoke(asked, user.email, user.password)
        self.calls.append(str(asked))
        if seen:
            self.report(asked, Flaw("MFA404", "connection", "refused", "requests arrived", seen[0].operation))
        elif outcome.error is None:
            finding = "MFA304" if outcome.stray is None else "MFA303"
            wanted = "AuthError, since the certificate is not trusted"
            self.report(asked, Flaw(finding, "conclusion", wanted, reported(outcome), asked.operations[0]))

    def begin(self, user: User) -> Token:
        """Log in and return the mfa_token."""
        return self.token(self.first_factor(user))

    @staticmethod
    def token(answer: GivenAnswer) -> Token:
        """The token of an answer. Raises Stopped if the client did not return it."""
        if answer.token is None:
            raise Stopped
        return answer.token

    def log_in(
        self,
        user: User,
        *,
        password: str | None = None,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = None,
    ) -> GivenAnswer:
        """Log in with username and password."""
        word = password or user.password
        params = {"username": user.email, "password": word, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        asked = Asked("log_in", f"username, password{shown}", user, params=params)
        return self.call(asked, expect, user.email, word, **more)

    def refresh(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = None
    ) -> GivenAnswer:
        """Renew with a refresh token of an earlier login without MFA that had this audience and scope."""
        return self.refresh_with(user, self.refresh_token(user, scope=scope, audience=audience), expect=expect)

    def refresh_token(self, user: User, *, audience: str | None = None, scope: str | None = None) -> str:
        """Make a refresh token of an earlier login without MFA."""
        token = user.refresh_token(scope=scope or "openid profile email offline_access", audience=audience)
        self.steps.give(token, f"AUTH0_MFA_REFRESH_TOKEN_{len(self.calls)}")
        return token

    def earlier_token(self, user: User, scope: str, audience: str | None = None) -> Token:
        """Make an access token of an earlier login for the user's own page, the My Account API, or another API."""
        access = user.access_token(audience=audience or self.tenant.me_audience, scope=scope)
        self.steps.give(access, f"AUTH0_MFA_ACCESS_TOKEN_{len(self.calls)}")
        return Token(access, access, user, "access_token")

    def refresh_with(
        self,
        user: User,
        refresh_token: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = None,
    ) -> GivenAnswer:
        """Renew with this refresh token."""
        params = {"refresh_token": refresh_token, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        asked = Asked("refresh", f"refresh_token{shown}", user, params=params)
        return self.call(asked, expect, refresh_token, **more)

    def rows(self, token: Token, *, expect: str | None = GRANTED) -> GivenAnswer:
        """List the user's authenticators."""
        return self.call(Asked("list_authenticators", token.name, token.user, bearer=token.true), expect, token.held)

    def associate(
        self, token: Token, factor: str, *, phone_number: str | None = None, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Associate a factor, with the user's own address."""
        more: dict[str, str] = {}
        if factor == "email":
            more["email"] = token.user.email
        elif factor in ("sms", "voice"):
            more["phone_number"] = phone_number or token.user.phone_number
        shown = "".join(f", {name}=..." for name in more)
        asked = Asked(
            "associate", f"{token.name}, {factor!r}{shown}", token.user, bearer=token.true, params=more, factor=factor
        )
        answer = self.call(asked, expect, token.held, factor, **more)
        return answer

    def challenge(
        self,
        token: Token,
        authenticator_id: str | None = None,
        *,
        challenge_type: str | None = None,
        expect: str | None = GRANTED,
    ) -> GivenAnswer:
        """Request a challenge, of the named authenticator if there is one."""
        args = [] if authenticator_id is None else [authenticator_id]
        more = {} if challenge_type is None else {"challenge_type": challenge_type}
        kind = (authenticator_id or "").partition("|")[0]
        shown = (f", '{kind}|...'" if args else "") + (f", challenge_type={challenge_type!r}" if more else "")
        params = {"mfa_token": token.true, "challenge_type": challenge_type}
        asked = Asked("challenge", f"{token.name}{shown}", token.user, params=params, authenticator_id=authenticator_id)
        return self.call(asked, expect, token.held, *args, **more)

    def verify_otp(self, token: Token, code: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Verify with the code of an authenticator app."""
        params = {"mfa_token": token.true, "otp": code}
        return self.call(Asked("verify_otp", f"{token.name}, otp", token.user, params=params), expect, token.held, code)

    def verify_oob(
        self, token: Token, oob_code: str, code: str | None = None, *, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Verify with the code of a message, or poll a push request."""
        params = {"mfa_token": token.true, "oob_code": oob_code, "binding_code": code}
        shown = f"{token.name}, oob_code{'' if code is None else ', binding_code'}"
        args = [oob_code] if code is None else [oob_code, code]
        return self.call(Asked("verify_oob", shown, token.user, params=params), expect, token.held, *args)

    def verify_recovery_code(self, token: Token, code: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Verify with a recovery code."""
        params = {"mfa_token": token.true, "recovery_code": code}
        shown = f"{token.name}, recovery_code"
        return self.call(Asked("verify_recovery_code", shown, token.user, params=params), expect, token.held, code)

    def delete(self, token: Token, authenticator_id: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Delete an authenticator."""
        shown = f"{token.name}, '{authenticator_id.partition('|')[0]}|...'"
        # a client that wraps mfa_tokens need not unwrap them here: deletion takes an access token
        bearer = token.true if token.held == token.true else None
        asked = Asked("delete_authenticator", shown, token.user, bearer=bearer, authenticator_id=authenticator_id)
        return self.call(asked, expect, token.held, authenticator_id)

    def start_passwordless(self, user: User, connection: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Have a code sent as the first factor."""
        address = self.address(user, connection)
        field = "email" if connection == "email" else "phone_number"
        params = {"connection": connection, field: address, "send": "code" if connection == "email" else None}
        asked = Asked("start_passwordless", f"{connection!r}, {field}", user, params=params)
        return self.call(asked, expect, connection, address)

    def passwordless_code(self, user: User, connection: str) -> str:
        """Have a code sent as the first factor, by the client or, if it cannot, by the test."""
        try:
            self.start_passwordless(user, connection)
        except NotCovered:
            tenant_passwordless.start(self.tenant, connection, self.address(user, connection), code=True)
            self.remark(f"let a code be sent as the first factor, by {connection}")
        try:
            return self.code(user, connection)
        except LookupError:  # the answer was broken, and the call not performed
            raise Stopped from None

    def log_in_passwordless(
        self,
        user: User,
        connection: str,
        code: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = "mfa_required",
    ) -> GivenAnswer:
        """Log in with the code that was sent as the first factor."""
        address = self.address(user, connection)
        params = {"realm": connection, "username": address, "otp": code, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        field = "email" if connection == "email" else "phone_number"
        asked = Asked("log_in_passwordless", f"{connection!r}, {field}, otp{shown}", user, params=params)
        return self.call(asked, expect, connection, address, code, **more)

    @staticmethod
    def address(user: User, connection: str) -> str:
        """The user's address for this connection."""
        return user.email if connection == "email" else user.phone_number

    def revoke(self, user: User, refresh_token: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Revoke a refresh token."""
        asked = Asked("revoke", "refresh_token", user, params={"token": refresh_token})
        return self.call(asked, expect, refresh_token)
