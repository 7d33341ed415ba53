"""NIST's Public Key Interoperability Test Suite (2011), every signed mail of it, against our verdict on its path."""

from __future__ import annotations

from datetime import datetime, timezone

from smime_milter.certs.path import TrustAnchors, validate_path
from smime_milter.cms.signed_data import SignerCheck, verify
from smime_milter.cms.smime import cms_octets, digest_of, signed_part
from smime_milter.mime.parse import parse
from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.signature import Integrity, Trust
from tests.support.vectors import pkits, pkits_mails

AT = datetime(2020, 6, 1, tzinfo=timezone.utc)  # their certificates are valid from 2010 to 2030
TESTS = 224

# Where the name does not begin with the verdict. §4.8 and §4.12.3 have several, by what the user asks
# for; a mail gateway accepts any policy and asks for none, so that it is the one for these settings.
UNNAMED = {
    "MissingCRLTest1": False,  # 4.4.1
    "AllCertificatesSamePolicyTest1": True, "AllCertificatesNoPoliciesTest2": True, "DifferentPoliciesTest3": True,
    "DifferentPoliciesTest4": False, "DifferentPoliciesTest5": False, "OverlappingPoliciesTest6": True,
    "DifferentPoliciesTest7": False, "DifferentPoliciesTest8": False, "DifferentPoliciesTest9": False,
    "AllCertificatesSamePoliciesTest10": True, "AllCertificatesAnyPolicyTest11": True, "DifferentPoliciesTest12": False,
    "AllCertificatesSamePoliciesTest13": True, "AnyPolicyTest14": True, "CPSPointerQualifierTest20": True,
    **{f"UserNoticeQualifierTest{number}": True for number in range(15, 20)}, "inhibitAnyPolicyTest3": True,
}

DSA = "DSA is no algorithm of RFC 8551 §2.2"
REVOCATION = "validate_path asks nobody about revocation: a revoked certificate, or no good CRL for it"
POLICIES = (
    "policies are not processed: OpenSSL's flag alone rejects the valid ones too, because no Python library Debian has"
    " lets us say that any policy will do")


def _numbered(reason: str, **tests: tuple[int, ...]) -> dict[str, str]:
    return {f"{name}Test{number}": reason for name, numbers in tests.items() for number in numbers}


DIFFERENCES = {
    **_numbered(DSA, ValidDSASignatures=(4,), ValidDSAParameterInheritance=(5,)),
    **_numbered(
        POLICIES, DifferentPolicies=(4, 5, 7, 8, 9, 12), InvalidRequireExplicitPolicy=(3, 5),
        InvalidSelfIssuedrequireExplicitPolicy=(7, 8), InvalidPolicyMapping=(2, 4, 10), InvalidMappingFromanyPolicy=(7,),
        InvalidMappingToanyPolicy=(8,), InvalidinhibitPolicyMapping=(1, 3, 5, 6),
        InvalidSelfIssuedinhibitPolicyMapping=(8, 9, 10, 11), InvalidinhibitAnyPolicy=(1, 4, 5, 6),
        InvalidSelfIssuedinhibitAnyPolicy=(8, 10)),
    **_numbered(
        REVOCATION, MissingCRL=(1,), InvalidRevokedCA=(2,), InvalidRevokedEE=(3,), InvalidBadCRLSignature=(4,),
        InvalidBadCRLIssuerName=(5,), InvalidWrongCRL=(6,), InvalidUnknownCRLEntryExtension=(8,),
        InvalidUnknownCRLExtension=(9, 10), InvalidOldCRLnextUpdate=(11,), Invalidpre2000CRLnextUpdate=(12,),
        InvalidNegativeSerialNumber=(15,), InvalidLongSerialNumber=(18,), InvalidSeparateCertificateandCRLKeys=(20, 21),
        InvalidBasicSelfIssuedOldWithNew=(2,), InvalidBasicSelfIssuedNewWithOld=(5,), InvalidBasicSelfIssuedCRLSigningKey=(7,),
        InvalidkeyUsageCriticalcRLSignFalse=(4,), InvalidkeyUsageNotCriticalcRLSignFalse=(5,),
        InvaliddistributionPoint=(2, 3, 6, 8, 9), InvalidonlyContainsUserCertsCRL=(11,), InvalidonlyContainsCACertsCRL=(12,),
        InvalidonlyContainsAttributeCerts=(14,), InvalidonlySomeReasons=(15, 16, 17, 20, 21),
        InvalidIDPwithindirectCRL=(23, 26), InvalidcRLIssuer=(27, 31, 32, 34, 35), InvaliddeltaCRLIndicatorNoBase=(1,),
        InvaliddeltaCRL=(3, 4, 6, 9, 10)),
}


def _checked(mail: bytes) -> SignerCheck:
    octets = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    root = parse(octets)
    span = signed_part(octets, root)
    assert span is not None
    start, end = span
    return verify(cms_octets(octets, root.parts[1]), lambda name: digest_of(octets, start, end, name))


def _is_valid(name: str) -> bool:
    return UNNAMED[name] if name in UNNAMED else name.startswith("Valid")


def test_every_verdict_is_nists_or_a_listed_difference() -> None:
    """A mail counts as trusted exactly if PKITS calls its path valid; each exception stands in DIFFERENCES with its reason."""
    anchors = TrustAnchors([TrustAnchor(pkits("certs/TrustAnchorRootCertificate.crt"))])
    verdicts = {}
    for name, mail in pkits_mails():
        check = _checked(mail)
        path = validate_path(check.certificate, check.others, anchors, AT) if check.certificate else None
        verdicts[name] = check.integrity is Integrity.INTACT and path is not None and path.trust is Trust.TRUSTED
    assert len(verdicts) == TESTS
    assert {name for name, is_trusted in verdicts.items() if is_trusted != _is_valid(name)} == set(DIFFERENCES)


def test_signatures_hold_whatever_the_path() -> None:
    """Every mail's own signature is intact, but for the three with DSA, which we do not check."""
    unchecked = {name for name, mail in pkits_mails() if _checked(mail).integrity is not Integrity.INTACT}
    assert unchecked == {"ValidDSASignaturesTest4", "ValidDSAParameterInheritanceTest5", "InvalidDSASignatureTest6"}
