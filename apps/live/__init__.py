"""The voice: "this topic changed", and a stream on which a browser hears it, with what the owner sends along."""
