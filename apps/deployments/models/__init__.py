"""Tables of deployments: the deployment itself, its items, what lets one through undone, and what is carried over."""

from .carried import CarriedItem
from .deployments import Deployment, DeploymentQuerySet, Section
from .items import Attachment, Item, ItemAddress, ItemQuerySet, blank_of
from .waivers import Waiver
