"""The whole: deployments, their items and who signed them; verdict, waivers and the sign-off sheet."""
