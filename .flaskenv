FLASK_APP=backend.tools.cli_app:create_cli_app
