"""What people see of deployments and where they act: board, item page, lists, my work, sheet, history."""
