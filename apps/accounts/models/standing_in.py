"""Who counts as one person with somebody now, because one of the two stands in for the other: asked as SQL text."""

from datetime import datetime
from itertools import groupby
from uuid import UUID

from apps.accounts.roles import VERIFYING
from apps.core.statements import as_moment, as_uuid, fetched

# Of whom somebody stands in for, or who stands in for them: the roles that they verify by for the other, as long as
# that one could by them.
STANDS_IN = f"""
SELECT d.team_id, u.id, u.full_name, d.ends_at, CASE WHEN d.delegate_id = %s
AND u.is_active AND (u.signing_suspended_until IS NULL OR u.signing_suspended_until <= %s) THEN g.role END
FROM accounts_delegation d
JOIN accounts_user u ON u.id = CASE WHEN d.delegate_id = %s THEN d.delegator_id ELSE d.delegate_id END
LEFT JOIN accounts_grant g ON g.team_id = d.team_id AND g.person_id = d.delegator_id
AND g.granted_at IS NOT NULL AND g.ended_at IS NULL AND g.role IN ({", ".join(f"'{role.value}'" for role in VERIFYING)})
WHERE (d.delegator_id = %s OR d.delegate_id = %s)
AND d.accepted_at <= %s AND d.ended_at IS NULL AND d.ends_at > %s ORDER BY d.team_id, u.id, d.ends_at
"""
# Of those for whom somebody stands in: who else does, or for whom these do.
BEYOND = """
SELECT m.team_id, m.delegator_id, d.delegator_id, d.delegator_name, d.delegate_id, d.delegate_name
FROM accounts_delegation m JOIN accounts_delegation d
ON d.team_id = m.team_id AND (d.delegator_id = m.delegator_id OR d.delegate_id = m.delegator_id)
WHERE m.delegate_id = %s AND m.accepted_at <= %s AND m.ended_at IS NULL AND m.ends_at > %s
AND d.accepted_at <= %s AND d.ended_at IS NULL AND d.ends_at > %s ORDER BY d.id
"""


def stands_in(person: UUID, at: datetime) -> list[tuple[UUID, UUID, str, datetime, frozenset[str]]]:
    """(team, the other one, their name, until when, what was handed over)."""
    found = fetched(STANDS_IN, person, at, *[person] * 3, at, at)
    return [
        (as_uuid(team), as_uuid(other), name, as_moment(ends_at), frozenset(row[-1] for row in rows) - {None})
        for (team, other, name, ends_at), rows in groupby(found, key=lambda row: row[:4])
    ]


def beyond(person: UUID, at: datetime) -> list[tuple[UUID, UUID, UUID, str]]:
    """(team, for whom they stand in, another one that counts as one person with that one, their name)."""
    pairs = [
        (as_uuid(team), as_uuid(behalf), as_uuid(other), name)
        for team, behalf, *two in fetched(BEYOND, person, *[at] * 4)
        for other, name in (two[:2], two[2:])
    ]
    return [pair for pair in pairs if pair[2] not in (pair[1], person)]
