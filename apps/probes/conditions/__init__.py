"""Conditions of probes: one line says what a measured value has to be; CEL decides whether it is.

    status in 200..299
    latency < 300 ms, warn 200 ms
    json.status == "healthy"
    size(json.models) >= 6
    any(up == 1)
    warn: certificate_days > 30 d
    json.models.all(each, each.loaded)

A line compares a value with a limit, or is any expression of the Common Expression Language
(https://github.com/google/cel-spec) in which limits may have units. docs/probes.md has the whole grammar.
"""

from .grammar import BadCondition, parse, parse_line
from .judging import FAIL, INCONCLUSIVE, PASS, WARN, Condition, Judgement, by_weight, judge_all, verdict_of
from .patterns import patterns_together, require_patterns
from .rows import SIGNS, ConditionRow, rows_of, text_of
from .values import ANYTHING, NUMBER, TEXT, UNITS, Measured, Series, Value
