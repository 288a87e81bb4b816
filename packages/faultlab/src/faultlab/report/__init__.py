"""The report of a run: report.json, made into a page for people and junit.xml for build servers."""

from faultlab.report.files import ReportError, read, render, write
from faultlab.report.schema import schema

__all__ = ["ReportError", "read", "render", "schema", "write"]
