"""What has to be done afterwards, once for everything that leaves some: by whom, until when, and how it ended."""
