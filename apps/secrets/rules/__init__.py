"""What a secret may be, where it may go, and how it is masked in whatever comes back."""

from .authorities import LONGEST_AUTHORITIES, authorities_of, certificates_in, fingerprints, is_named
from .bindings import MOST_BINDINGS, Binding, Destination, bindings_of, covering
from .masking import MASK, masked, masked_json
from .values import LONGEST, NAME_LENGTH, SHORTEST, SecretValue, why_no_name, why_no_value
