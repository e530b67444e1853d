"""Signs that stand for words or states: emoji by their names, and ticks that say nothing about a new deployment."""

import re

# The names that checklists use, as GitHub and Slack write them; a name that is not here stays as it is.
EMOJI = {
    "rocket": "🚀", "warning": "⚠️", "white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️",
    "x": "❌", "negative_squared_cross_mark": "❎", "heavy_multiplication_x": "✖️", "tada": "🎉", "bug": "🐛",
    "lock": "🔒", "unlock": "🔓", "key": "🔑", "memo": "📝", "pencil": "📝", "pencil2": "✏️", "books": "📚",
    "book": "📖",
    "wrench": "🔧", "hammer": "🔨", "hammer_and_wrench": "🛠️", "gear": "⚙️", "package": "📦", "bulb": "💡",
    "fire": "🔥", "sparkles": "✨", "zap": "⚡", "boom": "💥", "art": "🎨", "mag": "🔍", "eyes": "👀", "bell": "🔔",
    "rotating_light": "🚨", "construction": "🚧", "no_entry": "⛔", "no_entry_sign": "🚫", "stop_sign": "🛑",
    "information_source": "ℹ️", "question": "❓", "exclamation": "❗", "heavy_exclamation_mark": "❗", "bangbang": "‼️",
    "red_circle": "🔴", "green_circle": "🟢", "yellow_circle": "🟡", "large_blue_circle": "🔵",
    "star": "⭐", "star2": "🌟", "soon": "🔜",
    "link": "🔗", "clipboard": "📋", "calendar": "📆", "date": "📅", "hourglass": "⌛",
    "chart_with_upwards_trend": "📈",
    "bar_chart": "📊", "computer": "💻", "globe_with_meridians": "🌐", "shield": "🛡️", "test_tube": "🧪",
    "recycle": "♻️", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrow_right": "➡️", "point_right": "👉", "heart": "❤️",
    "thumbsup": "👍", "+1": "👍", "checkered_flag": "🏁", "ship": "🚢", "whale": "🐳", "broom": "🧹", "label": "🏷️",
}  # fmt: skip
# Before or after an item's words they tell of another time: here nobody has signed anything.
TICKS = re.compile(r"^(?:[✅✔☑✓❌❎✗✘☐⬜🟢🟡🔴⏳⌛]\ufe0f?\s*)+(?=\w|[(\[\"'`<{$/.*_~])|(?<=\S)(?:\s+[✅✔☑✓]\ufe0f?)+$")
