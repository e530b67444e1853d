"""Every address of Keyturn, with a request that works. The walk fails for an address that has no row here.

A file has the rows of an app. `arguments` and `body` are computed from the stage (see `set_the_stage`); `get` is what
the right person's GET answers, None where the address takes no GET; `body` is a valid POST, None where the address
takes none.
"""

from tests.house.routes import accounts, deployments, factors, imports, secrets, studio, templates, zones

# Addresses that lead to nothing of a team's: the page of whoever asks, or open to everybody.
PERSONAL = accounts.PERSONAL | factors.PERSONAL | zones.PERSONAL
OPEN = accounts.OPEN | factors.OPEN | deployments.OPEN
OF_A_TEAM = (
    accounts.OF_A_TEAM
    | secrets.OF_A_TEAM
    | imports.OF_A_TEAM
    | templates.OF_A_TEAM
    | deployments.OF_A_TEAM
    | studio.OF_A_TEAM
)
ROUTES = PERSONAL | OPEN | OF_A_TEAM
