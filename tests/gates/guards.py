from apps.core.guards import rules
from apps.signoff.guards import owner_rule

from .models import Gate

GUARDS = [rules("gates_gate", "gates_gate_begins", "INSERT", owner_rule(Gate))]
