"""The worked example: a small team and three deployments, all invented, all made by the real commands."""

from .staging import SLUG, stage
