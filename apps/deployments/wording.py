"""What forms, pages, signed texts and records call the parts of a waiver."""

WAIVER = {
    "justification": "Justification",
    "risk": "Risk",
    "expires_at": "Until",
    "measure": "Instead",
    "afterwards": "Afterwards",
    "afterwards_owner": "Owner",
    "afterwards_due": "Due",
}
