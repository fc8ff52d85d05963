"""The two ceremonies of WebAuthn, registration and assertion, as the library speaks them. Knows no database.

The library is loaded when a passkey is used: it brings a parser of certificates along that nothing else needs.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import structlog

from aipromote.accounts.factors.challenges import LASTS
from aipromote.accounts.factors.models import Passkey
from aipromote.accounts.factors.party import Party
from aipromote.accounts.models import User
from aipromote.errors import InvalidInput

log: structlog.stdlib.BoundLogger = structlog.get_logger()

REFUSED = "This passkey was not accepted. Please try again, or use another way."
_LONGEST = 16_384
_PATIENCE = int(LASTS.total_seconds() * 1000)
# Whatever a parser of anybody's bytes trips over is a refusal, so `Exception` is caught around the library's calls.


class NewPasskey(NamedTuple):
    """What is kept of a registration."""

    credential: bytes
    public_key: bytes
    sign_count: int


def read(answer: str) -> tuple[bytes, bytes]:
    """The challenge that was signed and the credential that says so; neither is proved by being read."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json  # noqa: PLC0415

    if len(answer) > _LONGEST:
        raise InvalidInput(REFUSED)
    try:
        given = json.loads(answer)
        told = parse_client_data_json(base64url_to_bytes(given["response"]["clientDataJSON"]))
        return told.challenge, base64url_to_bytes(given["id"])
    except Exception as error:
        raise InvalidInput(REFUSED) from error


def options_for_new(here: Party, user: User, known: list[bytes], challenge: bytes) -> str:
    """JSON for `navigator.credentials.create`: a passkey that names its owner, on a device that looks at them."""
    import webauthn  # noqa: PLC0415 -- only who has a passkey needs it
    from webauthn.helpers import structs  # noqa: PLC0415 -- only who has a passkey needs it

    options = webauthn.generate_registration_options(
        rp_id=here.rp_id,
        rp_name="AIPromote",
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name or user.email,
        challenge=challenge,
        timeout=_PATIENCE,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options)


def options_to_sign(here: Party, known: list[bytes], challenge: bytes) -> str:
    """JSON for `navigator.credentials.get`: one of the known ones, or, of none, whichever the device has."""
    import webauthn  # noqa: PLC0415 -- only who has a passkey needs it
    from webauthn.helpers import structs  # noqa: PLC0415 -- only who has a passkey needs it

    options = webauthn.generate_authentication_options(
        rp_id=here.rp_id,
        challenge=challenge,
        timeout=_PATIENCE,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verified_new(here: Party, answer: str, challenge: bytes) -> NewPasskey:
    """What a registration brought. InvalidInput."""
    import webauthn  # noqa: PLC0415 -- only who has a passkey needs it

    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except Exception as error:
        log.info("passkey_refused", reason=type(error).__name__)
        raise InvalidInput(REFUSED) from error
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def verified_count(here: Party, answer: str, challenge: bytes, known: Passkey) -> int:
    """How often the passkey says it was used, if its signature is right and the count has grown. InvalidInput."""
    import webauthn  # noqa: PLC0415 -- only who has a passkey needs it

    try:
        signed = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
        is_theirs = _handle(answer) in {None, known.user_id.bytes}
    except Exception as error:
        log.warning("passkey_refused", user_id=str(known.user_id), reason=type(error).__name__)
        raise InvalidInput(REFUSED) from error
    if not is_theirs:
        log.warning("passkey_refused", user_id=str(known.user_id), reason="user handle")
        raise InvalidInput(REFUSED)
    return signed.new_sign_count


def _handle(answer: str) -> bytes | None:
    """Whose passkey the device says it is; devices may leave it out where they were told which one to use."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 -- only who has a passkey needs it

    handle = json.loads(answer)["response"].get("userHandle")
    return base64url_to_bytes(handle) if handle else None
