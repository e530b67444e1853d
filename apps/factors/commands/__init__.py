"""Everything that changes what people prove themselves by, and the proof that a signature takes."""

from .proving import Proof, prove
