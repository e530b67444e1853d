"""Commands of a team: proposed, approved by two people at their digest, withdrawn."""
