"""Every way a deployment changes: one verb, one lock, one permission, one transaction, one entry."""

from .adding import add_item
from .items import assign_items, edit_item, fill_in_item, reject_item, withdraw_key
from .lifecycle import cancel_deployment, create_deployment, edit_deployment, open_review
from .planning import plan_items
from .rollback import fill_in_rollback_plan
from .signing import sign_item, sign_items
from .upgrades import upgrade_deployment
