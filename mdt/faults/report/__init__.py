"""The report of a run: report.json, made into a page for people and junit.xml for build servers."""

from mdt.faults.report.errors import ReportError
from mdt.faults.report.files import read, render, write
from mdt.faults.report.schema import schema
from mdt.faults.report.summary import summary

__all__ = ["ReportError", "read", "render", "schema", "summary", "write"]
