"""Who may call: access words and access tokens."""
