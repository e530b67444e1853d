"""What people see of templates: the library, a template and its versions, what changes between them, publishing."""
