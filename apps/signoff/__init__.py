"""The two-person rule, once. It has no pages: items, waivers and sheets each own a sign-off and come here to sign."""
