"""The voice: "this topic changed", and a stream on which a browser hears it. Never what changed."""
