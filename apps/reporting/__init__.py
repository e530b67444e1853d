"""What is reported to probes that nobody asks: tokens for CI jobs and scripts, measurements by people, what is late."""
