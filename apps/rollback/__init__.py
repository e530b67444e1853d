"""How to go back: a plan with an owner, steps, a verification and a rehearsal, written by its deployment."""
