"""What is attached to items to prove them: evidence that people bring, probes that machines run."""
