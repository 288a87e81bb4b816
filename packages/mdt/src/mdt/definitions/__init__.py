"""Reads mock definitions: YAML and virtual services in, one immutable catalog out."""

from mdt.definitions.loader import load
from mdt.definitions.model import Catalog, Composition, Route, Scenario, Service, Settings
from mdt.definitions.schema import json_schema

__all__ = ["Catalog", "Composition", "Route", "Scenario", "Service", "Settings", "json_schema", "load"]
