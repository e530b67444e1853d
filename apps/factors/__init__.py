"""Who somebody proves to be: one-time codes, recovery codes and passkeys, and the series of signings that they open."""
