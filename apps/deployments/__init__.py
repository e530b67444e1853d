"""The whole: deployments, their items and who signed them; verdict and waivers."""
