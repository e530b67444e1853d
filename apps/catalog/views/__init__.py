"""Templates as people meet them: the library, one template, its versions."""
