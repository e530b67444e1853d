"""Everything that changes what people prove themselves by, and the proof that a signature takes."""

from .addresses import change_address
from .ceremonies import ask_passkey
from .confirming import Evidence
from .enrolling import add_codes, add_passkey, make_recovery_codes, remove_codes, remove_passkey, rename_passkey
from .keeping import encrypt_codes_again, remove_factors
from .proving import Proof, prove
from .sign_ins import confirm_sign_in, sign_in_by_passkey
