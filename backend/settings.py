"""Every setting of this application: core's and those of the modules that are there. `Settings(...)` in a test."""

from backend import modules

Settings = modules.settings_class()
load_settings = modules.load_settings
