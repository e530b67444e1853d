"""Tables of deployments: the deployment itself, its items, and what lets an item through undone."""

from .deployments import Deployment, DeploymentQuerySet, Section
from .items import Attachment, Item, ItemAddress, ItemQuerySet, blank_of
from .waivers import Waiver
