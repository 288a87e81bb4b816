"""Loads mock definitions: reads YAML files and virtual services, returns one immutable catalog."""

from mdt.definitions.loader import load
from mdt.definitions.schema import json_schema
from mdt.engine.catalog import Catalog, Composition, Route, Scenario, Service, Settings

__all__ = ["Catalog", "Composition", "Route", "Scenario", "Service", "Settings", "json_schema", "load"]
