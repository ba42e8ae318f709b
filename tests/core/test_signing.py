"""Signatures: a key is read in every form in which it is published, and signs exactly what it signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.signing import KeyUnreadable, PublicKey, SigningKey, read_public

KEY = SigningKey("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
# RFC 8032, section 7.1, test 1.
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
SIGNATURE = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"


def test_the_example_of_the_standard() -> None:
    assert KEY.public.hex == PUBLIC
    assert KEY.sign(b"").hex() == SIGNATURE
    assert KEY.public.verifies(bytes.fromhex(SIGNATURE), b"")


def test_a_key_is_read_in_every_form_in_which_it_is_published() -> None:
    public = KEY.public
    for text in (public.hex, public.hex.upper(), public.base64, public.pem, f"\n{public.hex}\n"):
        assert read_public(text) == public


RSA = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf
9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==
-----END PUBLIC KEY-----"""


@pytest.mark.parametrize("text", ["", "abc", "00" * 31, "00" * 33, "é" * 64, "-----BEGIN PUBLIC KEY-----", RSA, "\x00"])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(KeyUnreadable):
        read_public(text)


@given(st.binary(max_size=50), st.binary(max_size=80), st.binary(min_size=0, max_size=40))
def test_no_other_signature_key_or_message_passes(message: bytes, signature: bytes, raw: bytes) -> None:
    assert KEY.public.verifies(KEY.sign(message), message)
    assert not KEY.public.verifies(signature, message)
    assert not KEY.public.verifies(KEY.sign(message), message + b"!")
    assert not PublicKey(raw).verifies(KEY.sign(message), message)
