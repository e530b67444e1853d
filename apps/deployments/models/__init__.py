"""Tables of deployments: the deployment itself, its items, what lets one through undone,
what is carried over, and what went before every key was turned."""

from .carried import CarriedItem
from .deployments import Deployment, DeploymentQuerySet, Section
from .emergencies import Emergency, EmergencyReview, OwedItem
from .items import Attachment, Item, ItemAddress, ItemQuerySet, blank_of
from .waivers import Waiver
