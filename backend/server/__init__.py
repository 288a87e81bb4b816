"""How the application is started, served and stopped."""
