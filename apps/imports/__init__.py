"""Imports: a text comes in, shows what it was understood as, and becomes templates, or part of one."""
