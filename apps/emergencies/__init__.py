"""The emergency lane: one decider authorises to go now, and what that owes is signed and reviewed within two days."""
