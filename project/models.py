"""No models. Without this module Django would never tell the app that a migration is done, and no guard would stand."""
