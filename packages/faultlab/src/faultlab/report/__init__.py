"""The report of a run: report.json, made into a page for people and junit.xml for build servers."""

from faultlab.report.errors import ReportError
from faultlab.report.files import read, render, write
from faultlab.report.schema import schema
from faultlab.report.summary import summary

__all__ = ["ReportError", "read", "render", "schema", "summary", "write"]
