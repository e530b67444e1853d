"""Tables of notices: what somebody hears, how far each chain was read for it, and what of it was sent where."""

from .deliveries import Delivery, DeliveryQuerySet, Enclosure, Reach
from .notices import Notice, NoticeQuerySet, Reading
from .webhooks import Post, Webhook, WebhookQuerySet
