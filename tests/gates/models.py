import uuid
from typing import Any

from django.db import models

from apps.deployments.models import Deployment
from apps.signoff.models import Signable


class Gate(Signable):
    """What has to hold before the next stage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="+")
    condition = models.CharField(max_length=200)

    needed_keys = 2

    def __str__(self) -> str:
        return f"gate “{self.condition}”"

    def covered(self) -> dict[str, Any]:
        """What its keys cover."""
        return {"gate_of": str(self.deployment_id), "condition": self.condition}
