"""Commands that a team may run as probes: proposed by one person, approved by two at their exact digest, withdrawn."""
