"""Definitions from the files of other tools, and files for other tools from definitions."""
