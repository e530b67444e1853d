"""How allauth keeps factors here: what a code is made from is encrypted like every other secret."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser

from apps.secrets import keyring

OF_FACTORS = b"keyturn-factor"


class FactorAdapter(DefaultMFAAdapter):
    """Encrypts by the keyring (KEYTURN_SECRETS_KEYS); a ciphertext says which of its keys it takes."""

    def encrypt(self, text: str) -> str:
        """Key id and ciphertext, as text. Raises keyring.NoKey where there is no key."""
        ciphertext, key_id = keyring.encrypt(text, belongs_to=OF_FACTORS)
        return f"{key_id}:{base64.b64encode(ciphertext).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        """What was encrypted. Raises keyring.NoKey where its key is gone or it was changed."""
        key_id, _, ciphertext = encrypted_text.partition(":")
        return keyring.decrypt(base64.b64decode(ciphertext), key_id, belongs_to=OF_FACTORS)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the app that makes codes calls the account: the name people sign in by."""
        return user.get_username()
