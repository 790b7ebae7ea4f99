"""The names of SASL mechanisms: what AUTH's first word may be without being a secret.

A password sent in the mechanism's place has the form of one easily enough (RFC 4422 section 3.1: up to 20 capitals,
digits, hyphens and underscores), so only names that are registered, or known to be in use, are kept.
"""

from __future__ import annotations

_REGISTERED = """
    9798-M-DSA-SHA1 9798-M-ECDSA-SHA1 9798-M-RSA-SHA1-ENC 9798-U-DSA-SHA1 9798-U-ECDSA-SHA1 9798-U-RSA-SHA1-ENC
    ANONYMOUS CRAM-MD5 DIGEST-MD5 EAP-AES128 EAP-AES128-PLUS ECDH-X25519-CHALLENGE ECDSA-NIST256P-CHALLENGE EXTERNAL
    GS2-KRB5 GS2-KRB5-PLUS GSS-SPNEGO GSSAPI KERBEROS_V4 KERBEROS_V5 LOGIN NMAS-SAMBA-AUTH NMAS_AUTHEN NMAS_LOGIN NTLM
    OAUTH10A OAUTHBEARER OPENID20 OTP PLAIN SAML20 SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS
    SECURID SKEY SPNEGO SPNEGO-PLUS SXOVER-PLUS XOAUTH XOAUTH2
"""
"""IANA's registry of SASL mechanisms (RFC 4422 section 6.2)."""
_IN_USE = """
    APOP DIGEST-SHA1 MSN PLAIN-CLIENTTOKEN SCRAM-SHA-224 SCRAM-SHA-384 SCRAM-SHA-512 SCRAM-SHA3-512 SRP XYMCOOKIE
"""

MECHANISMS = frozenset((_REGISTERED + _IN_USE).split())
USER_NAME_ASKED = frozenset(("VXNlcm5hbWU6", "VXNlciBOYW1lAA==", "VXNlciBOYW1l", "dXNlcm5hbWU6", "VXNlcjo="))
"""The challenges by which LOGIN's servers ask for the user's name (draft-murchison-sasl-login)."""
PASSWORD_ASKED = frozenset(("UGFzc3dvcmQ6", "UGFzc3dvcmQA", "UGFzc3dvcmQ=", "cGFzc3dvcmQ6"))
