"""Tables of deployments: the deployment itself, its items, what lets an item through undone, and the last sheet."""

from .deployments import Deployment, DeploymentQuerySet, Section
from .items import Attachment, Item, ItemAddress, ItemQuerySet
from .sheets import Sheet
from .waivers import Waiver

__all__ = [
    "Attachment",
    "Deployment",
    "DeploymentQuerySet",
    "Item",
    "ItemAddress",
    "ItemQuerySet",
    "Section",
    "Sheet",
    "Waiver",
]
