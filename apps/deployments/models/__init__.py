"""Tables of deployments: the deployment itself, its items, what lets an item through undone, and the last sheet."""

from .deployments import Deployment, DeploymentQuerySet, Section
from .items import Address, Attachment, Item, ItemQuerySet
from .sheets import Sheet
from .waivers import Waiver

__all__ = [
    "Address",
    "Attachment",
    "Deployment",
    "DeploymentQuerySet",
    "Item",
    "ItemQuerySet",
    "Section",
    "Sheet",
    "Waiver",
]
