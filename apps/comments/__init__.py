"""What people say to each other about an item. No key covers it, so saying something costs none."""
