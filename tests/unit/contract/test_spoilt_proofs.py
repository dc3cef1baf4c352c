"""Proofs of possession that a tenant has to refuse, and how messages and reproducers name their fault."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.tenant import dpop

ADA = key("ada")
FIRST = ProofTemplate(ADA)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (FIRST, ""),
        (ProofTemplate(ADA, "a nonce"), ""),
        (ProofTemplate(ADA, spoil="ath missing"), "ath missing"),
        (ProofTemplate(ADA, age=301), "made 301 s ago"),
        (ProofTemplate(ADA, age=-31), "made 31 s later"),
        (ProofTemplate(ADA, again=FIRST), "used before"),
        (ProofTemplate(ADA, jti_of=FIRST), "with the jti of an earlier one"),
        (ProofTemplate(key("eve")), "with another key"),
        (ProofTemplate(key("eve"), spoil="htm missing"), "with another key, htm missing"),
    ],
)
def test_what_is_unusual_is_told(template: ProofTemplate, told: str) -> None:
    """In words that a finding can use; a right proof needs none."""
    assert template.told == told


def test_a_finding_says_what_was_wrong_with_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here by a tenant that looks at `htu` alone; the reproducer asks for a proof that is wrong in the same way."""
    tenant, real = Tenant(), dpop.fault_of
    monkeypatch.setattr(dpop, "fault_of", lambda *args, **more: (real(*args, **more) or "").partition("htu")[1] or None)
    with pytest.raises(ContractViolation) as caught:
        play_scenario(SCENARIOS["dpop-spoilt"], fake_subject(tenant, handler=handler(tenant)), Coverage())
    assert "(invalid_dpop_proof), for a proof of possession like this: typ JWT" in str(caught.value)
    assert "a DPoP proof, signed now with your key, except: typ JWT, for step" in str(caught.value)
