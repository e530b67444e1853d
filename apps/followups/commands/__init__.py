"""What people do with follow-ups. What leaves one stores it by `parts`, within a command of its own."""

from .acts import change_follow_up, close_follow_up
